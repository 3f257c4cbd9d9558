package io.hfmount.emulator.bucket;

import io.hfmount.emulator.durable.RecordText;
import io.hfmount.model.ContentHash;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The binary form of a {@link Mutation}: a tag byte, its fields big-endian, texts as length and UTF-8. */
final class MutationCodec {
    private static final int CREATE = 1;
    private static final int DELETE = 2;
    private static final int MOVE = 3;
    private static final int SET_PRIVATE = 4;
    private static final int APPLY = 5;
    private static final int CLOCK = 6;

    private static final int PUT = 1;
    private static final int REMOVE = 2;

    private MutationCodec() {}

    static byte[] encode(Mutation mutation) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            switch (mutation) {
                case Mutation.Create(String id, boolean isPrivate, String region, long at) -> {
                    out.writeByte(CREATE);
                    out.writeLong(at);
                    RecordText.write(out, id);
                    out.writeBoolean(isPrivate);
                    RecordText.write(out, region);
                }
                case Mutation.Delete(String id, long at) -> {
                    out.writeByte(DELETE);
                    out.writeLong(at);
                    RecordText.write(out, id);
                }
                case Mutation.Move(String from, String to, long at) -> {
                    out.writeByte(MOVE);
                    out.writeLong(at);
                    RecordText.write(out, from);
                    RecordText.write(out, to);
                }
                case Mutation.SetPrivate(String id, boolean isPrivate, long at) -> {
                    out.writeByte(SET_PRIVATE);
                    out.writeLong(at);
                    RecordText.write(out, id);
                    out.writeBoolean(isPrivate);
                }
                case Mutation.Apply(String id, List<FileChange> changes, long at) -> {
                    out.writeByte(APPLY);
                    out.writeLong(at);
                    RecordText.write(out, id);
                    out.writeInt(changes.size());
                    for (FileChange change : changes) {
                        change(out, change);
                    }
                }
                case Mutation.Clock(long at) -> {
                    out.writeByte(CLOCK);
                    out.writeLong(at);
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
    static Mutation decode(byte[] record) throws IOException {
        DataInputStream in = new DataInputStream(new ByteArrayInputStream(record));
        Mutation mutation;
        try {
            int tag = in.readUnsignedByte();
            long at = in.readLong();
            mutation = switch (tag) {
                case CREATE -> new Mutation.Create(RecordText.read(in), in.readBoolean(), RecordText.read(in), at);
                case DELETE -> new Mutation.Delete(RecordText.read(in), at);
                case MOVE -> new Mutation.Move(RecordText.read(in), RecordText.read(in), at);
                case SET_PRIVATE -> new Mutation.SetPrivate(RecordText.read(in), in.readBoolean(), at);
                case APPLY -> new Mutation.Apply(RecordText.read(in), changes(in), at);
                case CLOCK -> new Mutation.Clock(at);
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

    private static void change(DataOutputStream out, FileChange change) throws IOException {
        switch (change) {
            case FileChange.Put(BucketFile file) -> {
                out.writeByte(PUT);
                RecordText.write(out, file.path());
                out.write(file.hash().toRaw());
                out.writeLong(file.size());
                out.writeLong(file.uploadedAt());
                Long mtime = file.mtime();
                out.writeBoolean(mtime != null);
                if (mtime != null) {
                    out.writeLong(mtime);
                }
                String contentType = file.contentType();
                out.writeBoolean(contentType != null);
                if (contentType != null) {
                    RecordText.write(out, contentType);
                }
            }
            case FileChange.Remove(String path) -> {
                out.writeByte(REMOVE);
                RecordText.write(out, path);
            }
        }
    }

    private static List<FileChange> changes(DataInputStream in) throws IOException {
        int count = in.readInt();
        if (count < 0 || count > in.available()) {
            throw new IOException("a record of the log announces " + count + " changes");
        }
        List<FileChange> changes = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int tag = in.readUnsignedByte();
            String path = RecordText.read(in);
            switch (tag) {
                case PUT -> {
                    ContentHash hash = ContentHash.fromRaw(RecordText.bytes(in, ContentHash.BYTES));
                    long size = in.readLong();
                    long uploadedAt = in.readLong();
                    @Nullable Long mtime = in.readBoolean() ? (Long) in.readLong() : null;
                    @Nullable String contentType = in.readBoolean() ? RecordText.read(in) : null;
                    changes.add(new FileChange.Put(new BucketFile(path, hash, size, mtime, contentType, uploadedAt)));
                }
                case REMOVE -> changes.add(new FileChange.Remove(path));
                default -> throw new IOException("unknown change tag " + tag);
            }
        }
        return changes;
    }
}
