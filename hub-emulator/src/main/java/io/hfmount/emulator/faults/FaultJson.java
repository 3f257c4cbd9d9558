package io.hfmount.emulator.faults;

import io.hfmount.emulator.http.RefusedException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The JSON form of a fault:
 * {@code {"method":"POST","route":"/api/buckets/{ns}/{name}/batch","path":"regex","skip":0,"count":1,"action":"status",…}}.
 *
 * <p>Actions and their fields: {@code status} ({@code status}, {@code errorCode}, {@code message}, {@code headers}),
 * {@code reset}, {@code stall} ({@code millis}), {@code cut} ({@code bytes}), {@code lose-answer}, {@code flip} ({@code
 * at}), {@code rewrite} ({@code pattern}, {@code with}). {@code count} 0 stands for "always".
 */
final class FaultJson {
    private static final Set<String> FIELDS = Set.of(
            "method",
            "route",
            "path",
            "skip",
            "count",
            "action",
            "status",
            "errorCode",
            "message",
            "headers",
            "millis",
            "bytes",
            "at",
            "pattern",
            "with");

    private FaultJson() {}

    /**
     * Reads a rule.
     *
     * @param routes the registered patterns
     * @throws RefusedException 400 that names the field in error
     */
    static FaultRule read(JsonNode json, Set<String> routes) {
        if (!json.isObject()) {
            throw RefusedException.badRequest("a fault is a JSON object");
        }
        for (String name : json.propertyNames()) {
            if (!FIELDS.contains(name)) {
                throw RefusedException.badRequest("unknown field '" + name + "'; a fault has " + sorted(FIELDS));
            }
        }
        String route = text(json, "route");
        if (route != null && !routes.contains(route)) {
            throw RefusedException.badRequest("unknown route; routes are " + sorted(routes));
        }
        int count = number(json, "count", 1);
        try {
            return new FaultRule(
                    text(json, "method"),
                    route,
                    pattern("path", text(json, "path")),
                    number(json, "skip", 0),
                    count == 0 ? FaultRule.ALWAYS : count,
                    action(json));
        } catch (IllegalArgumentException e) {
            throw RefusedException.badRequest(String.valueOf(e.getMessage()));
        }
    }

    /** Describes a rule and what is left of it. */
    static Map<String, Object> write(FaultScript.Pending pending) {
        FaultRule rule = pending.rule();
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("id", pending.id());
        putIfPresent(json, "method", rule.method());
        putIfPresent(json, "route", rule.route());
        putIfPresent(json, "path", rule.path() == null ? null : rule.path().pattern());
        json.put("skip", pending.toSkip());
        json.put("count", pending.left() == FaultRule.ALWAYS ? 0 : pending.left());
        switch (rule.action()) {
            case FaultAction.Status status -> {
                json.put("action", "status");
                json.put("status", status.status());
                putIfPresent(json, "errorCode", status.errorCode());
                json.put("message", status.message());
                json.put("headers", status.headers());
            }
            case FaultAction.Reset reset -> json.put("action", "reset");
            case FaultAction.Stall(var delay) -> {
                json.put("action", "stall");
                putIfPresent(json, "millis", delay == null ? null : delay.toMillis());
            }
            case FaultAction.Cut(long bytes) -> {
                json.put("action", "cut");
                json.put("bytes", bytes);
            }
            case FaultAction.LoseAnswer lost -> json.put("action", "lose-answer");
            case FaultAction.Flip(long at) -> {
                json.put("action", "flip");
                json.put("at", at);
            }
            case FaultAction.Rewrite(Pattern pattern, String with) -> {
                json.put("action", "rewrite");
                json.put("pattern", pattern.pattern());
                json.put("with", with);
            }
        }
        return json;
    }

    private static FaultAction action(JsonNode json) {
        String action = text(json, "action");
        return switch (action) {
            case "status" -> {
                Map<String, String> headers = new LinkedHashMap<>();
                for (Map.Entry<String, JsonNode> header : json.path("headers").properties()) {
                    headers.put(header.getKey(), header.getValue().asString());
                }
                String message = text(json, "message");
                yield new FaultAction.Status(
                        number(json, "status", 503),
                        text(json, "errorCode"),
                        message == null ? "scripted fault" : message,
                        headers);
            }
            case "reset" -> new FaultAction.Reset();
            case "stall" ->
                new FaultAction.Stall(json.has("millis") ? Duration.ofMillis(number(json, "millis", 0)) : null);
            case "cut" -> new FaultAction.Cut(number(json, "bytes", 0));
            case "lose-answer" -> new FaultAction.LoseAnswer();
            case "flip" -> new FaultAction.Flip(number(json, "at", 0));
            case "rewrite" -> rewrite(pattern("pattern", text(json, "pattern")), text(json, "with"));
            case null, default ->
                throw RefusedException.badRequest(
                        "action is one of status, reset, stall, cut, lose-answer, flip, rewrite");
        };
    }

    private static FaultAction rewrite(@Nullable Pattern pattern, @Nullable String with) {
        if (pattern == null || with == null) {
            throw RefusedException.badRequest("rewrite needs a pattern and what to put with it");
        }
        return new FaultAction.Rewrite(pattern, with);
    }

    private static @Nullable Pattern pattern(String name, @Nullable String regex) {
        try {
            return regex == null ? null : Pattern.compile(regex);
        } catch (PatternSyntaxException e) {
            throw RefusedException.badRequest(name + " is not a regular expression: " + e.getDescription());
        }
    }

    private static @Nullable String text(JsonNode json, String name) {
        JsonNode value = json.get(name);
        if (value == null || value.isNull()) {
            return null;
        }
        if (!value.isString()) {
            throw RefusedException.badRequest(name + " must be a string");
        }
        return value.asString();
    }

    private static int number(JsonNode json, String name, int absent) {
        JsonNode value = json.get(name);
        if (value == null || value.isNull()) {
            return absent;
        }
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw RefusedException.badRequest(name + " must be a whole number");
        }
        return value.intValue();
    }

    private static void putIfPresent(Map<String, Object> json, String name, @Nullable Object value) {
        if (value != null) {
            json.put(name, value);
        }
    }

    private static String sorted(Set<String> names) {
        return String.join(", ", names.stream().sorted().toList());
    }
}
