package io.hfmount.api.problem;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.hfmount.model.api.FlushedFile;
import io.hfmount.model.api.MountView;
import io.hfmount.model.api.Problem;
import org.springframework.boot.jackson.autoconfigure.JsonMapperBuilderCustomizer;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.annotation.Order;
import org.springframework.core.io.buffer.DataBuffer;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatusCode;
import org.springframework.http.MediaType;
import org.springframework.http.server.reactive.ServerHttpResponse;
import org.springframework.web.server.MethodNotAllowedException;
import org.springframework.web.server.ServerWebExchange;
import org.springframework.web.server.WebExceptionHandler;
import reactor.core.publisher.Mono;
import tools.jackson.databind.json.JsonMapper;

/** Writes every failure of every route as a problem body. */
@Configuration(proxyBeanMethods = false)
public class ProblemWriter {
    private static final int BEFORE_THE_FRAMEWORKS = -2;

    /** All members without a value are left out. */
    @JsonInclude(JsonInclude.Include.NON_NULL)
    private interface OptionalMembers {}

    /** Only the error is left out. */
    @SuppressWarnings("UnusedMethod") // read by Jackson
    @JsonInclude(JsonInclude.Include.ALWAYS)
    private interface OptionalError {
        @JsonInclude(JsonInclude.Include.NON_NULL)
        String error();
    }

    @Bean
    JsonMapperBuilderCustomizer optionalMembers() {
        return mapper -> mapper.addMixIn(Problem.class, OptionalMembers.class)
                .addMixIn(FlushedFile.class, OptionalError.class)
                .addMixIn(MountView.class, OptionalError.class);
    }

    @Bean
    @Order(BEFORE_THE_FRAMEWORKS)
    WebExceptionHandler problemHandler(JsonMapper mapper) {
        return (exchange, failure) -> write(exchange, failure, mapper);
    }

    private static Mono<Void> write(ServerWebExchange exchange, Throwable failure, JsonMapper mapper) {
        ServerHttpResponse response = exchange.getResponse();
        if (response.isCommitted()) {
            return Mono.error(failure);
        }
        Problem problem = Problems.of(failure);
        HttpHeaders headers = response.getHeaders();
        if (failure instanceof MethodNotAllowedException refused) {
            headers.setAllow(refused.getSupportedMethods());
        }
        response.setStatusCode(HttpStatusCode.valueOf(problem.status()));
        headers.setContentType(MediaType.APPLICATION_PROBLEM_JSON);
        DataBuffer body = response.bufferFactory().wrap(mapper.writeValueAsBytes(problem));
        return response.writeWith(Mono.just(body));
    }
}
