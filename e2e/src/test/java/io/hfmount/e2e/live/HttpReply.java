package io.hfmount.e2e.live;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.http.HttpHeaders;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * An answer.
 *
 * @param status HTTP status
 * @param headers of the answer
 * @param body as text
 */
public record HttpReply(int status, HttpHeaders headers, String body) {
    private static final JsonMapper JSON = JsonMapper.builder().build();

    /** The body as JSON. */
    public JsonNode json() {
        return JSON.readTree(body);
    }

    /** Demands a status. */
    public HttpReply expect(int wanted) {
        assertThat(status).as("status; the body is %s", body).isEqualTo(wanted);
        return this;
    }

    /** Demands a problem body (RFC 9457) with this status and code. */
    public HttpReply expectProblem(int wanted, String code) {
        expect(wanted);
        assertThat(headers.firstValue("Content-Type"))
                .as("content type of %s", body)
                .hasValue("application/problem+json");
        JsonNode problem = json();
        assertThat(problem.path("code").asString()).as("code in %s", body).isEqualTo(code);
        assertThat(problem.path("status").intValue()).as("status in %s", body).isEqualTo(wanted);
        assertThat(problem.path("type").asString())
                .isEqualTo("urn:hf-mount:problem:" + code.toLowerCase().replace('_', '-'));
        assertThat(problem.path("title").asString()).isNotBlank();
        assertThat(problem.path("detail").asString()).isNotBlank();
        return this;
    }
}
