package io.hfmount.api.web;

import io.netty.channel.EventLoop;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.springframework.http.server.reactive.AbstractServerHttpResponse;
import org.springframework.http.server.reactive.HttpHandler;
import org.springframework.http.server.reactive.HttpHandlerDecoratorFactory;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.stereotype.Component;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;
import reactor.netty.http.server.HttpServerResponse;

/**
 * Runs the handling of every request as an event-loop task of its own.
 *
 * <p>Reactor Netty 1.3.7 queues a request that comes before the one before it on the connection has ended for good. When
 * the queued one is then answered within the call that takes it from the queue, the connection is never read again and
 * the next request on it hangs (reactor-netty issue 4361). A task of its own never runs within that call.
 */
@Component
final class OneTaskPerRequest implements HttpHandlerDecoratorFactory {
    @Override
    public HttpHandler apply(HttpHandler handler) {
        return (request, response) -> {
            EventLoop loop = eventLoop(response);
            return loop == null
                    ? handler.handle(request, response)
                    : Mono.defer(() -> handler.handle(request, response)).subscribeOn(Schedulers.fromExecutor(loop));
        };
    }

    private static @Nullable EventLoop eventLoop(ServerHttpResponse response) {
        AtomicReference<@Nullable EventLoop> loop = new AtomicReference<>();
        if (response instanceof AbstractServerHttpResponse server
                && server.getNativeResponse() instanceof HttpServerResponse wire) {
            wire.withConnection(connection -> loop.set(connection.channel().eventLoop()));
        }
        return loop.get();
    }
}
