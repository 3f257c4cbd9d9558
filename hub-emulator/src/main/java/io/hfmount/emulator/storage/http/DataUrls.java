package io.hfmount.emulator.storage.http;

import io.hfmount.emulator.auth.StorageAuth;
import io.hfmount.emulator.http.RangeHeader;
import io.hfmount.emulator.http.RefusedException;
import io.hfmount.emulator.http.Request;
import io.hfmount.model.ByteRange;
import io.hfmount.model.ContentHash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;

/**
 * Addresses of stored bytes that need no token: the signature over xorb, byte ranges and expiry is the permission.
 * Thread-safe.
 */
final class DataUrls {
    static final String PATTERN = "/data/{xorb}";
    /** Most ranges one address allows, which bounds its length to about 1.5 KB. */
    static final int MAX_RANGES = 64;

    private static final String PURPOSE = "storage-data";

    private final StorageAuth auth;
    private final String basePath;
    private final Duration life;

    /**
     * @param auth signs
     * @param basePath of the storage routes
     * @param life how long an address works
     */
    DataUrls(StorageAuth auth, String basePath, Duration life) {
        this.auth = auth;
        this.basePath = basePath;
        this.life = life;
    }

    /**
     * An absolute address.
     *
     * @param origin scheme, host and port the client uses
     * @param allowed 1 to {@link #MAX_RANGES} ranges of the stored object that may be read through it
     */
    String sign(String origin, ContentHash xorb, List<ByteRange> allowed) {
        StringJoiner ranges = new StringJoiner(",");
        for (ByteRange range : allowed) {
            ranges.add(range.start() + "-" + (range.end() - 1));
        }
        long expiry = auth.clock().instant().plus(life).getEpochSecond();
        String signature = auth.sign(PURPOSE, text(xorb, ranges.toString(), Long.toString(expiry)));
        return origin + basePath + "/data/" + xorb + "?r=" + ranges + "&e=" + expiry + "&s=" + signature;
    }

    /**
     * Checks an address.
     *
     * @return the ranges it allows
     * @throws RefusedException 403 when it is forged or expired
     */
    List<ByteRange> verify(ContentHash xorb, Request request) {
        String ranges = request.query("r");
        String expiry = request.query("e");
        String signature = request.query("s");
        if (!isSigned(xorb, ranges, expiry, signature) || ranges == null || expiry == null) {
            throw new RefusedException(403, null, "this data address is not one this server made");
        }
        if (auth.clock().instant().getEpochSecond() >= Long.parseLong(expiry)) {
            throw new RefusedException(403, null, "this data address has expired; ask for the reconstruction again");
        }
        List<ByteRange> allowed = new ArrayList<>();
        for (RangeHeader.Spec spec :
                RangeHeader.parse("bytes=" + ranges, MAX_RANGES).specs()) {
            allowed.add(new ByteRange(spec.first(), spec.last() + 1));
        }
        return allowed;
    }

    private boolean isSigned(
            ContentHash xorb, @Nullable String ranges, @Nullable String expiry, @Nullable String signature) {
        return ranges != null
                && expiry != null
                && signature != null
                && auth.isSigned(PURPOSE, text(xorb, ranges, expiry), signature);
    }

    private static String text(ContentHash xorb, String ranges, String expiry) {
        return xorb + "|" + ranges + "|" + expiry;
    }
}
