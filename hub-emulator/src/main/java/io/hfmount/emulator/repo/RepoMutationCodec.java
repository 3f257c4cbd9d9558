package io.hfmount.emulator.repo;

import io.hfmount.emulator.durable.RecordFields;
import io.hfmount.emulator.durable.RecordForm;
import io.hfmount.model.RepoKind;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;

/** The binary form of a {@link RepoMutation}: a tag byte, the time, the repo, the fields of its kind. */
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
        return RecordForm.encode(out -> write(out, mutation));
    }

    /**
     * Reads the binary form.
     *
     * @throws IOException when it is not one; nothing is allocated beyond its own length
     */
    static RepoMutation decode(byte[] record) throws IOException {
        return RecordForm.decode(record, RepoMutationCodec::read);
    }

    private static void write(DataOutputStream out, RepoMutation mutation) throws IOException {
        out.writeByte(
                switch (mutation) {
                    case RepoMutation.Create c -> CREATE;
                    case RepoMutation.Delete d -> DELETE;
                    case RepoMutation.Set s -> SET;
                    case RepoMutation.Commit c -> COMMIT;
                    case RepoMutation.Point p -> POINT;
                });
        out.writeLong(mutation.at());
        RecordFields.text(out, mutation.repo().kind().wireName());
        RecordFields.text(out, mutation.repo().name());
        switch (mutation) {
            case RepoMutation.Create create -> settings(out, create.isPrivate(), create.gating());
            case RepoMutation.Delete delete -> {}
            case RepoMutation.Set set -> settings(out, set.isPrivate(), set.gating());
            case RepoMutation.Commit commit -> {
                RecordFields.text(out, commit.reference());
                RecordFields.text(out, commit.id());
                RecordFields.optionalText(out, commit.parent());
                RecordFields.text(out, commit.title());
                RecordFields.list(out, commit.changes(), RepoMutationCodec::write);
            }
            case RepoMutation.Point point -> {
                RecordFields.text(out, point.reference());
                RecordFields.optionalText(out, point.commit());
            }
        }
    }

    private static RepoMutation read(DataInputStream in) throws IOException {
        int tag = in.readUnsignedByte();
        long at = in.readLong();
        RepoId repo = new RepoId(kind(RecordFields.text(in)), RecordFields.text(in));
        return switch (tag) {
            case CREATE -> new RepoMutation.Create(repo, in.readBoolean(), gating(in), at);
            case DELETE -> new RepoMutation.Delete(repo, at);
            case SET -> new RepoMutation.Set(repo, in.readBoolean(), gating(in), at);
            case COMMIT ->
                new RepoMutation.Commit(
                        repo,
                        RecordFields.text(in),
                        RecordFields.text(in),
                        RecordFields.optionalText(in),
                        RecordFields.text(in),
                        RecordFields.list(in, RepoMutationCodec::readChange),
                        at);
            case POINT -> new RepoMutation.Point(repo, RecordFields.text(in), RecordFields.optionalText(in), at);
            default -> throw new IOException("unknown record tag " + tag);
        };
    }

    private static void settings(DataOutputStream out, boolean isPrivate, Gating gating) throws IOException {
        out.writeBoolean(isPrivate);
        RecordFields.text(out, gating.name());
    }

    private static Gating gating(DataInputStream in) throws IOException {
        return Gating.valueOf(RecordFields.text(in));
    }

    private static RepoKind kind(String wireName) throws IOException {
        for (RepoKind kind : RepoKind.values()) {
            if (kind.wireName().equals(wireName)) {
                return kind;
            }
        }
        throw new IOException("unknown kind of repo in a record");
    }

    private static void write(DataOutputStream out, RepoChange change) throws IOException {
        switch (change) {
            case RepoChange.Put(String path, RepoContent.Plain plain) -> {
                out.writeByte(PUT_PLAIN);
                RecordFields.text(out, path);
                RecordFields.text(out, plain.oid());
                out.writeLong(plain.size());
            }
            case RepoChange.Put(String path, RepoContent.Stored stored) -> {
                out.writeByte(PUT_STORED);
                RecordFields.text(out, path);
                RecordFields.hash(out, stored.hash());
                RecordFields.hash(out, stored.sha256());
                out.writeLong(stored.size());
            }
            case RepoChange.Remove(String path) -> {
                out.writeByte(REMOVE);
                RecordFields.text(out, path);
            }
        }
    }

    private static RepoChange readChange(DataInputStream in) throws IOException {
        int tag = in.readUnsignedByte();
        String path = RecordFields.text(in);
        return switch (tag) {
            case PUT_PLAIN -> new RepoChange.Put(path, new RepoContent.Plain(RecordFields.text(in), in.readLong()));
            case PUT_STORED ->
                new RepoChange.Put(
                        path, new RepoContent.Stored(RecordFields.hash(in), RecordFields.hash(in), in.readLong()));
            case REMOVE -> new RepoChange.Remove(path);
            default -> throw new IOException("unknown change tag " + tag);
        };
    }
}
