package io.hfmount.emulator.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.emulator.http.RefusedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageAuthTest {
    private static final byte[] SECRET = new byte[32];
    private Instant now = Instant.parse("2026-03-01T12:00:00.500Z");
    private final StorageAuth auth = new StorageAuth(SECRET, Duration.ofSeconds(100), () -> now);

    @Test
    void token_saysWhatWasIssued() {
        StorageAuth.Issued issued = auth.issue("ann|x", Scope.READ);
        assertThat(auth.verify(issued.token())).isEqualTo(issued.grant());
        assertThat(issued.grant().user()).isEqualTo("ann|x");
        assertThat(issued.grant().expiresAt()).isEqualTo(Instant.parse("2026-03-01T12:01:40Z"));
        assertThat(issued.toString()).doesNotContain(issued.token());
    }

    @Test
    void token_expires() {
        String token = auth.issue("ann", Scope.WRITE).token();
        now = Instant.parse("2026-03-01T12:01:39.999Z");
        assertThat(auth.verify(token).scope()).isEqualTo(Scope.WRITE);
        now = Instant.parse("2026-03-01T12:01:40Z");
        assertThatThrownBy(() -> auth.verify(token))
                .isInstanceOf(RefusedException.class)
                .hasMessageContaining("expired");
    }

    @Test
    void scopes_writeCoversRead() {
        assertThat(Scope.WRITE.covers(Scope.READ)).isTrue();
        assertThat(Scope.READ.covers(Scope.WRITE)).isFalse();
        assertThat(Scope.READ.covers(Scope.READ)).isTrue();
    }

    @Test
    void otherSecret_refuses() {
        byte[] other = SECRET.clone();
        other[0] = 1;
        String token = new StorageAuth(other, Duration.ofSeconds(100), () -> now)
                .issue("ann", Scope.READ)
                .token();
        assertThatThrownBy(() -> auth.verify(token)).isInstanceOf(RefusedException.class);
    }

    @Property(tries = 200)
    void changedToken_isRefused(
            @ForAll @IntRange(min = 0, max = 120) int at, @ForAll @IntRange(min = 1, max = 127) int change) {
        String token = auth.issue("ann", Scope.READ).token();
        char[] chars = token.toCharArray();
        int index = at % chars.length;
        char changed = (char) (chars[index] ^ change);
        // the last character of an encoding has bits that carry nothing
        if (index == chars.length - 1 || changed == chars[index]) {
            return;
        }
        chars[index] = changed;
        assertThatThrownBy(() -> auth.verify(new String(chars))).isInstanceOf(RefusedException.class);
    }

    @Test
    void signature_isGoodForItsPurposeOnly() {
        String signature = auth.sign("data", "text");
        assertThat(auth.isSigned("data", "text", signature)).isTrue();
        assertThat(auth.isSigned("token", "text", signature)).isFalse();
        assertThat(auth.isSigned("data", "texu", signature)).isFalse();
    }

    @Test
    void secret_isMadeOnceAndKeptPrivate(@TempDir Path directory) throws Exception {
        Path file = directory.resolve("secret");
        byte[] made = SigningSecret.loadOrCreate(file);
        assertThat(SigningSecret.loadOrCreate(file)).isEqualTo(made).hasSize(32);
        assertThat(Arrays.equals(made, new byte[32])).isFalse();
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-------");
        Files.write(file, new byte[5]);
        assertThatThrownBy(() -> SigningSecret.loadOrCreate(file)).hasMessageContaining("32 bytes");
    }

    @Test
    void users_areCheckedWithoutShowingTokens() {
        assertThatThrownBy(() -> new Users(Map.of("ann", "secret-token")))
                .hasMessageContaining("hf_")
                .hasMessageNotContaining("secret-token");
        assertThatThrownBy(() -> new Users(Map.of("me", "hf_x"))).hasMessageContaining("me");
        assertThatThrownBy(() -> new Users(Map.of("a/b", "hf_x"))).hasMessageContaining("a/b");
        assertThatThrownBy(() -> new Users(Map.of("a", "hf_x\r\n"))).hasMessageContaining("ASCII");
        assertThatThrownBy(() -> new Users(Map.of())).hasMessageContaining("at least one user");
    }
}
