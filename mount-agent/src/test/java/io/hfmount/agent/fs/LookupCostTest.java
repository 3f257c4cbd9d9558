package io.hfmount.agent.fs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.Wait;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** How often the Hub is asked for names. */
class LookupCostTest {
    @Test
    void manyNewNames_afterTheListingGrewOld_costAFewCallsInAll() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.hub.put("d/known", new byte[] {1});
            fs.names("d");
            fs.advance(Duration.ofSeconds(11));
            fs.hub.calls.clear();
            for (int i = 0; i < 500; i++) {
                String name = "new" + i;
                long d = fs.walk("d").ino();
                assertThatThrownBy(() -> fs.fs.lookup(d, name, Wait.ALLOWED)).isInstanceOf(FsException.class);
                fs.put("d/" + name, new byte[] {2});
            }
            assertThat(fs.hub.calls).hasSizeLessThan(12);
        }
    }

    @Test
    void nameThatSomebodyElseMade_isFoundByTheNewListing() throws FsException {
        try (FsHarness fs = new FsHarness()) {
            fs.names("");
            fs.advance(Duration.ofSeconds(11));
            for (String absent : new String[] {"x", "y", "z"}) {
                assertThatThrownBy(() -> fs.walk(absent)).isInstanceOf(FsException.class);
            }
            fs.advance(Duration.ofSeconds(11));
            fs.hub.put("late", new byte[] {1});
            fs.hub.put("dir/file", new byte[] {1});
            for (String absent : new String[] {"u", "v", "w"}) {
                assertThatThrownBy(() -> fs.walk(absent)).isInstanceOf(FsException.class);
            }
            assertThat(fs.cat("late")).containsExactly(1);
            assertThat(fs.cat("dir/file")).containsExactly(1);
        }
    }
}
