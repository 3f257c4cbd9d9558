package io.hfmount.api.request;

import io.hfmount.agent.InvalidOptionException;
import io.hfmount.model.api.ProblemCode;
import java.time.Duration;
import java.time.format.DateTimeParseException;
import org.jspecify.annotations.Nullable;

/** Reads durations of requests. */
public final class Durations {
    private static final Duration LONGEST = Duration.ofDays(1);

    private Durations() {}

    /**
     * The duration {@code text}, or {@code absent} without one.
     *
     * @param name of the member or parameter, for the refusal
     * @throws InvalidOptionException (BAD_DURATION) unless it is ISO-8601 from zero to a day
     */
    public static Duration parse(String name, @Nullable String text, Duration absent) {
        if (text == null) {
            return absent;
        }
        try {
            Duration duration = Duration.parse(text);
            if (!duration.isNegative() && duration.compareTo(LONGEST) <= 0) {
                return duration;
            }
        } catch (DateTimeParseException | ArithmeticException e) {
            // answered below
        }
        throw new InvalidOptionException(
                ProblemCode.BAD_DURATION, name, "an ISO-8601 duration from PT0S to PT24H is expected, like PT45S");
    }
}
