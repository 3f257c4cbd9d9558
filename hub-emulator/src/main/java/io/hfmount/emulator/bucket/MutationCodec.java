package io.hfmount.emulator.bucket;

import io.hfmount.emulator.durable.RecordFields;
import io.hfmount.emulator.durable.RecordForm;
import io.hfmount.model.ContentHash;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The binary form of a {@link Mutation}: a tag byte, the time, the fields of its kind. */
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
        return RecordForm.encode(out -> write(out, mutation));
    }

    /**
     * Reads the binary form.
     *
     * @throws IOException when it is not one; nothing is allocated beyond its own length
     */
    static Mutation decode(byte[] record) throws IOException {
        return RecordForm.decode(record, MutationCodec::read);
    }

    private static void write(DataOutputStream out, Mutation mutation) throws IOException {
        switch (mutation) {
            case Mutation.Create(String id, boolean isPrivate, String region, long at) -> {
                out.writeByte(CREATE);
                out.writeLong(at);
                RecordFields.text(out, id);
                out.writeBoolean(isPrivate);
                RecordFields.text(out, region);
            }
            case Mutation.Delete(String id, long at) -> {
                out.writeByte(DELETE);
                out.writeLong(at);
                RecordFields.text(out, id);
            }
            case Mutation.Move(String from, String to, long at) -> {
                out.writeByte(MOVE);
                out.writeLong(at);
                RecordFields.text(out, from);
                RecordFields.text(out, to);
            }
            case Mutation.SetPrivate(String id, boolean isPrivate, long at) -> {
                out.writeByte(SET_PRIVATE);
                out.writeLong(at);
                RecordFields.text(out, id);
                out.writeBoolean(isPrivate);
            }
            case Mutation.Apply apply -> {
                out.writeByte(APPLY);
                out.writeLong(apply.at());
                RecordFields.text(out, apply.id());
                RecordFields.list(out, apply.changes(), MutationCodec::write);
            }
            case Mutation.Clock(long at) -> {
                out.writeByte(CLOCK);
                out.writeLong(at);
            }
        }
    }

    private static Mutation read(DataInputStream in) throws IOException {
        int tag = in.readUnsignedByte();
        long at = in.readLong();
        return switch (tag) {
            case CREATE -> new Mutation.Create(RecordFields.text(in), in.readBoolean(), RecordFields.text(in), at);
            case DELETE -> new Mutation.Delete(RecordFields.text(in), at);
            case MOVE -> new Mutation.Move(RecordFields.text(in), RecordFields.text(in), at);
            case SET_PRIVATE -> new Mutation.SetPrivate(RecordFields.text(in), in.readBoolean(), at);
            case APPLY ->
                new Mutation.Apply(RecordFields.text(in), RecordFields.list(in, MutationCodec::readChange), at);
            case CLOCK -> new Mutation.Clock(at);
            default -> throw new IOException("unknown record tag " + tag);
        };
    }

    private static void write(DataOutputStream out, FileChange change) throws IOException {
        switch (change) {
            case FileChange.Put(BucketFile file) -> {
                out.writeByte(PUT);
                RecordFields.text(out, file.path());
                RecordFields.hash(out, file.hash());
                out.writeLong(file.size());
                out.writeLong(file.uploadedAt());
                Long mtime = file.mtime();
                out.writeBoolean(mtime != null);
                if (mtime != null) {
                    out.writeLong(mtime);
                }
                RecordFields.optionalText(out, file.contentType());
            }
            case FileChange.Remove(String path) -> {
                out.writeByte(REMOVE);
                RecordFields.text(out, path);
            }
        }
    }

    private static FileChange readChange(DataInputStream in) throws IOException {
        int tag = in.readUnsignedByte();
        String path = RecordFields.text(in);
        return switch (tag) {
            case PUT -> {
                ContentHash hash = RecordFields.hash(in);
                long size = in.readLong();
                long uploadedAt = in.readLong();
                @Nullable Long mtime = in.readBoolean() ? (Long) in.readLong() : null;
                @Nullable String contentType = RecordFields.optionalText(in);
                yield new FileChange.Put(new BucketFile(path, hash, size, mtime, contentType, uploadedAt));
            }
            case REMOVE -> new FileChange.Remove(path);
            default -> throw new IOException("unknown change tag " + tag);
        };
    }
}
