package io.hfmount.xet.chunk;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.xet.vectors.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class GearTableTest {
    @Test
    void table_matchesTheVectorFile() {
        String text = new String(Vectors.bytes("gear-table.txt"), StandardCharsets.US_ASCII);
        long[] expected = text.lines().mapToLong(HexFormat::fromHexDigitsToLong).toArray();
        assertThat(GearTable.ENTRIES).hasSize(256).isEqualTo(expected);
    }
}
