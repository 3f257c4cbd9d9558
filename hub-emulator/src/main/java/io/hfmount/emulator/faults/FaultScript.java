package io.hfmount.emulator.faults;

import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Delivery;
import io.hfmount.emulator.http.Handler;
import io.hfmount.emulator.http.Interceptor;
import io.hfmount.emulator.http.Request;
import io.netty.handler.codec.http.HttpHeaderNames;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import org.jspecify.annotations.Nullable;
import reactor.core.publisher.Mono;

/**
 * The faults in force. The first rule that matches and has no request left to skip decides; a rule that skips lets later
 * rules see the request. Admin routes are never hit. Thread-safe.
 */
public final class FaultScript implements Interceptor {
    /** Routes below it can always be reached, or a fault could not be cleared. */
    public static final String ADMIN_PATH = "/_admin/";

    /** A rule with what is left of it. */
    public record Pending(long id, FaultRule rule, int toSkip, int left) {}

    private final Object lock = new Object();
    private final List<Pending> pending = new ArrayList<>(); // guarded by lock
    private long lastId; // guarded by lock

    /** Puts {@code rule} behind those in force and tells its id. */
    public long add(FaultRule rule) {
        synchronized (lock) {
            pending.add(new Pending(++lastId, rule, rule.skip(), rule.count()));
            return lastId;
        }
    }

    /** Removes every rule. Requests that are stalled stay so. */
    public void clear() {
        synchronized (lock) {
            pending.clear();
        }
    }

    /** The rules in force, in order. */
    public List<Pending> pending() {
        synchronized (lock) {
            return List.copyOf(pending);
        }
    }

    @Override
    public Mono<Answer> intercept(Request request, Handler next) {
        FaultAction action = request.rawPath().startsWith(ADMIN_PATH) ? null : take(request);
        return switch (action) {
            case null -> next.handle(request);
            case FaultAction.Status status -> Mono.just(refusal(status));
            case FaultAction.Reset reset -> Mono.just(Answer.empty(500).delivery(Delivery.DROPPED));
            case FaultAction.Stall(var delay) ->
                delay == null ? Mono.never() : Mono.delay(delay).then(Mono.defer(() -> next.handle(request)));
            case FaultAction.Cut(long bytes) ->
                next.handle(request).map(answer -> answer.delivery(new Delivery.Cut(bytes)));
            case FaultAction.LoseAnswer lost -> next.handle(request).map(answer -> answer.delivery(Delivery.DROPPED));
            case FaultAction.Flip(long at) ->
                next.handle(request).map(answer -> answer.delivery(new Delivery.Flipped(at)));
            case FaultAction.Rewrite rewrite -> next.handle(request).map(answer -> rewritten(answer, rewrite));
        };
    }

    private @Nullable FaultAction take(Request request) {
        synchronized (lock) {
            for (int i = 0; i < pending.size(); i++) {
                Pending candidate = pending.get(i);
                FaultRule rule = candidate.rule();
                if (!rule.matches(request)) {
                    continue;
                }
                if (candidate.toSkip() > 0) {
                    pending.set(i, new Pending(candidate.id(), rule, candidate.toSkip() - 1, candidate.left()));
                    continue;
                }
                if (candidate.left() == 1) {
                    pending.remove(i);
                } else if (candidate.left() != FaultRule.ALWAYS) {
                    pending.set(i, new Pending(candidate.id(), rule, 0, candidate.left() - 1));
                }
                return rule.action();
            }
            return null;
        }
    }

    private static Answer rewritten(Answer answer, FaultAction.Rewrite rewrite) {
        if (!(answer.body() instanceof Answer.Body.Bytes(byte[] bytes))) {
            return Answer.refusal(500, null, "a streamed answer cannot be rewritten by a fault");
        }
        Matcher matcher = rewrite.pattern().matcher(new String(bytes, StandardCharsets.UTF_8));
        if (!matcher.find()) {
            return Answer.refusal(500, null, "the answer does not have what a fault is to rewrite");
        }
        String type = answer.headers().get(HttpHeaderNames.CONTENT_TYPE, "application/octet-stream");
        byte[] changed = matcher.replaceFirst(rewrite.with()).getBytes(StandardCharsets.UTF_8);
        Answer result = Answer.bytes(answer.status(), type, changed);
        result.headers().set(answer.headers());
        return result;
    }

    private static Answer refusal(FaultAction.Status status) {
        Answer answer = Answer.refusal(status.status(), status.errorCode(), status.message());
        if (status.status() == 429 && status.headers().isEmpty()) {
            answer.header("RateLimit", "\"api\";r=0;t=1");
            answer.header("RateLimit-Policy", "\"fixed window\";\"api\";q=500;w=300");
        }
        status.headers().forEach(answer::header);
        return answer;
    }
}
