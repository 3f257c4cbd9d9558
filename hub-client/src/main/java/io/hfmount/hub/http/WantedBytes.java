package io.hfmount.hub.http;

import io.hfmount.model.ByteRange;
import java.io.ByteArrayOutputStream;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Keeps the wanted bytes of a body and stops reading it once they are there. Used by one subscriber at a time. */
final class WantedBytes {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream();
    private final long length;
    private long skip;

    private WantedBytes(long skip, long length) {
        this.skip = skip;
        this.length = length;
    }

    /**
     * @param content the body
     * @param range the bytes of the file that are wanted
     * @param whole whether the body is the file from its start, or else the range alone
     */
    static Mono<byte[]> of(Flux<byte[]> content, ByteRange range, boolean whole) {
        return Mono.defer(() -> {
            WantedBytes wanted = new WantedBytes(whole ? range.start() : 0, range.length());
            return content.takeUntil(wanted::add).then(Mono.fromSupplier(wanted.kept::toByteArray));
        });
    }

    /** Whether nothing more is wanted after {@code part}. */
    private boolean add(byte[] part) {
        int from = (int) Math.min(skip, part.length);
        skip -= from;
        int count = (int) Math.min(part.length - from, length - kept.size());
        kept.write(part, from, count);
        return kept.size() == length;
    }
}
