package io.hfmount.emulator.hub;

import io.hfmount.emulator.auth.Users;
import io.hfmount.emulator.http.Answer;
import io.hfmount.emulator.http.Router;
import io.hfmount.emulator.hub.wire.Times;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import reactor.core.publisher.Mono;

/** Who the caller is (hub-api §5.7). */
final class WhoamiRoute {
    private final Users users;

    WhoamiRoute(Users users) {
        this.users = users;
    }

    void register(Router router) {
        router.get("/api/whoami-v2", request -> Mono.fromSupplier(() -> whoami(users.requireCaller(request))));
    }

    private static Answer whoami(String name) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("type", "user");
        json.put("id", "user-" + name);
        json.put("name", name);
        json.put("fullname", name);
        json.put("email", name + "@localhost");
        json.put("emailVerified", true);
        json.put("canPay", false);
        json.put("isPro", false);
        json.put("periodEnd", null);
        json.put("avatarUrl", "");
        json.put("orgs", List.of());
        json.put(
                "auth",
                Map.of(
                        "type",
                        "access_token",
                        "accessToken",
                        Map.of("displayName", name, "role", "write", "createdAt", Times.json(0))));
        return Answer.json(200, json);
    }
}
