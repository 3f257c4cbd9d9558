package io.hfmount.emulator.repo;

import io.hfmount.emulator.durable.RecordText;
import io.hfmount.model.ContentHash;
import io.hfmount.model.RepoKind;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The binary form of a {@link RepoMutation}: a tag byte, its fields big-endian, texts as length and UTF-8. */
final class RepoMutationCodec {
    private static final int CREATE = 1;
    private static final int DELETE = 2;
    private static final int SET = 3;
    private static final int COMMIT = 4;
    private static final int POINT = 5;

    private static final int PUT_PLAIN = 1;
    private static final int PUT_STORED = 2;
    private static final int REMOVE = 3;

    private RepoMutationCodec() {}

    static byte[] encode(RepoMutation mutation) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(
                    switch (mutation) {
                        case RepoMutation.Create c -> CREATE;
                        case RepoMutation.Delete d -> DELETE;
                        case RepoMutation.Set s -> SET;
                        case RepoMutation.Commit c -> COMMIT;
                        case RepoMutation.Point p -> POINT;
                    });
            out.writeLong(mutation.at());
            RecordText.write(out, mutation.repo().kind().wireName());
            RecordText.write(out, mutation.repo().name());
            switch (mutation) {
                case RepoMutation.Create create -> settings(out, create.isPrivate(), create.gating());
                case RepoMutation.Delete delete -> {}
                case RepoMutation.Set set -> settings(out, set.isPrivate(), set.gating());
                case RepoMutation.Commit commit -> {
                    RecordText.write(out, commit.reference());
                    RecordText.write(out, commit.id());
                    optional(out, commit.parent());
                    RecordText.write(out, commit.title());
                    out.writeInt(commit.changes().size());
                    for (RepoChange change : commit.changes()) {
                        change(out, change);
                    }
                }
                case RepoMutation.Point point -> {
                    RecordText.write(out, point.reference());
                    optional(out, point.commit());
                }
            }
        } catch (IOException e) {
            throw new IllegalStateException("writing to memory cannot fail", e);
        }
        return bytes.toByteArray();
    }

    /**
     * Reads the binary form.
     *
     * @throws IOException when it is not one; nothing is allocated beyond its own length
     */
    static RepoMutation decode(byte[] record) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(record));
        RepoMutation mutation;
        try {
            int tag = in.readUnsignedByte();
            long at = in.readLong();
            RepoId repo = new RepoId(kind(RecordText.read(in)), RecordText.read(in));
            mutation = switch (tag) {
                case CREATE -> new RepoMutation.Create(repo, in.readBoolean(), gating(in), at);
                case DELETE -> new RepoMutation.Delete(repo, at);
                case SET -> new RepoMutation.Set(repo, in.readBoolean(), gating(in), at);
                case COMMIT ->
                    new RepoMutation.Commit(
                            repo,
                            RecordText.read(in),
                            RecordText.read(in),
                            optional(in),
                            RecordText.read(in),
                            changes(in),
                            at);
                case POINT -> new RepoMutation.Point(repo, RecordText.read(in), optional(in), at);
                default -> throw new IOException("unknown record tag " + tag);
            };
        } catch (EOFException | IllegalArgumentException e) {
            throw new IOException("malformed record", e);
        }
        if (in.available() > 0) {
            throw new IOException("a record of the log is too long");
        }
        return mutation;
    }

    private static void settings(DataOutputStream out, boolean isPrivate, Gating gating) throws IOException {
        out.writeBoolean(isPrivate);
        RecordText.write(out, gating.name());
    }

    private static Gating gating(DataInputStream in) throws IOException {
        return Gating.valueOf(RecordText.read(in));
    }

    private static RepoKind kind(String wireName) throws IOException {
        for (RepoKind kind : RepoKind.values()) {
            if (kind.wireName().equals(wireName)) {
                return kind;
            }
        }
        throw new IOException("unknown kind of repo in a record");
    }

    private static void change(DataOutputStream out, RepoChange change) throws IOException {
        switch (change) {
            case RepoChange.Put(String path, RepoContent.Plain plain) -> {
                out.writeByte(PUT_PLAIN);
                RecordText.write(out, path);
                RecordText.write(out, plain.oid());
                out.writeLong(plain.size());
            }
            case RepoChange.Put(String path, RepoContent.Stored stored) -> {
                out.writeByte(PUT_STORED);
                RecordText.write(out, path);
                out.write(stored.hash().toRaw());
                out.write(stored.sha256().toRaw());
                out.writeLong(stored.size());
            }
            case RepoChange.Remove(String path) -> {
                out.writeByte(REMOVE);
                RecordText.write(out, path);
            }
        }
    }

    private static List<RepoChange> changes(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new IOException("a record of the log announces " + count + " changes");
        }
        List<RepoChange> changes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int tag = in.readUnsignedByte();
            String path = RecordText.read(in);
            changes.add(
                    switch (tag) {
                        case PUT_PLAIN ->
                            new RepoChange.Put(path, new RepoContent.Plain(RecordText.read(in), in.readLong()));
                        case PUT_STORED ->
                            new RepoChange.Put(path, new RepoContent.Stored(hash(in), hash(in), in.readLong()));
                        case REMOVE -> new RepoChange.Remove(path);
                        default -> throw new IOException("unknown change tag " + tag);
                    });
        }
        return changes;
    }

    private static ContentHash hash(DataInputStream in) throws IOException {
        return ContentHash.fromRaw(RecordText.bytes(in, ContentHash.BYTES), 0);
    }

    private static void optional(DataOutputStream out, @Nullable String text) throws IOException {
        out.writeBoolean(text != null);
        if (text != null) {
            RecordText.write(out, text);
        }
    }

    private static @Nullable String optional(DataInputStream in) throws IOException {
        return in.readBoolean() ? RecordText.read(in) : null;
    }
}
