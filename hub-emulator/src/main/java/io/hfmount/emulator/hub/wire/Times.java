package io.hfmount.emulator.hub.wire;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** The time formats of the wire (hub-api §1.5); arguments are milliseconds since 1970. */
public final class Times {
    /** First moment that both forms can write: the year 1. */
    public static final long MIN = Instant.parse("0001-01-01T00:00:00.000Z").toEpochMilli();

    /** Last moment that both forms can write: the end of the year 9999. */
    public static final long MAX = Instant.parse("9999-12-31T23:59:59.999Z").toEpochMilli();

    private static final DateTimeFormatter RFC_3339 = DateTimeFormatter.ofPattern(
                    "uuuu-MM-dd'T'HH:mm:ss.SSS'Z'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);
    private static final DateTimeFormatter HTTP_DATE = DateTimeFormatter.ofPattern(
                    "EEE, dd MMM uuuu HH:mm:ss 'GMT'", Locale.ROOT)
            .withZone(ZoneOffset.UTC);

    private Times() {}

    public static String json(long millis) {
        return RFC_3339.format(Instant.ofEpochMilli(millis));
    }

    public static String header(long millis) {
        return HTTP_DATE.format(Instant.ofEpochMilli(millis));
    }
}
