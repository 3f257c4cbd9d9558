package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.RangeHeader;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.storage.content.RecordStream;
import io.hfmount.emulator.storage.disk.XorbStore;
import io.hfmount.emulator.storage.plan.XorbLayout;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;

/** Stored bytes by signed address: one range, or several as {@code multipart/byteranges} (xet-protocol §9.5). */
final class DataRoute {
    private static final String BYTES = "application/octet-stream";

    private final StorageRequests requests;
    private final XorbStore xorbs;
    private final RecordStream records;
    private final DataUrls urls;

    DataRoute(StorageRequests requests, XorbStore xorbs, RecordStream records, DataUrls urls) {
        this.requests = requests;
        this.xorbs = xorbs;
        this.records = records;
        this.urls = urls;
    }

    void register(Router router) {
        router.get(DataUrls.PATTERN, this::data);
    }

    private Mono<Answer> data(Request request) {
        ContentHash xorb = StorageRequests.hash(request, "xorb");
        List<ByteRange> allowed = urls.verify(xorb, request);
        RangeHeader header = header(request.header(HttpHeaderNames.RANGE));
        return requests.onDisk(() -> {
            XorbLayout layout = xorbs.find(xorb);
            if (layout == null) {
                throw new RefusedException(404, null, "xorb " + xorb + " is not stored");
            }
            List<ByteRange> wanted = wanted(header, layout.storedLength(), allowed);
            return wanted.size() == 1
                    ? single(xorb, wanted.getFirst(), layout.storedLength())
                    : multipart(xorb, wanted, layout.storedLength());
        });
    }

    private static RangeHeader header(@Nullable String text) {
        if (text == null) {
            throw new RefusedException(403, null, "this data address allows byte ranges; name one in a Range header");
        }
        try {
            return RangeHeader.parse(text, DataUrls.MAX_RANGES);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(416, null, String.valueOf(e.getMessage()));
        }
    }

    private static List<ByteRange> wanted(RangeHeader header, long size, List<ByteRange> allowed) {
        List<ByteRange> wanted = new ArrayList<>();
        for (RangeHeader.Spec spec : header.specs()) {
            ByteRange range = spec.in(size);
            if (range == null) {
                throw new RefusedException(416, null, "a range starts after the end of the object, at " + size);
            }
            if (allowed.stream().noneMatch(a -> a.start() <= range.start() && range.end() <= a.end())) {
                throw new RefusedException(403, null, "this data address does not allow the range asked for");
            }
            wanted.add(range);
        }
        return wanted;
    }

    private Answer single(ContentHash xorb, ByteRange range, long size) {
        return Answer.stream(206, BYTES, range.length(), records.read(xorb, range))
                .header(HttpHeaderNames.CONTENT_RANGE, contentRange(range, size));
    }

    private Answer multipart(ContentHash xorb, List<ByteRange> ranges, long size) {
        String boundary = UUID.randomUUID().toString();
        List<Flux<ByteBuf>> parts = new ArrayList<>();
        long length = 0;
        for (ByteRange range : ranges) {
            byte[] head = ascii((parts.isEmpty() ? "" : "\r\n") + "--" + boundary + "\r\nContent-Type: " + BYTES
                    + "\r\nContent-Range: " + contentRange(range, size) + "\r\n\r\n");
            parts.add(text(head));
            parts.add(records.read(xorb, range));
            length += head.length + range.length();
        }
        byte[] end = ascii("\r\n--" + boundary + "--\r\n");
        parts.add(text(end));
        return Answer.stream(
                206, "multipart/byteranges; boundary=" + boundary, length + end.length, Flux.concat(parts));
    }

    private static Flux<ByteBuf> text(byte[] bytes) {
        return Mono.fromSupplier(() -> Unpooled.wrappedBuffer(bytes)).flux();
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static String contentRange(ByteRange range, long size) {
        return "bytes " + range.start() + "-" + (range.end() - 1) + "/" + size;
    }
}
