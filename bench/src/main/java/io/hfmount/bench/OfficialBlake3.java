package io.hfmount.bench;

import io.hfmount.bench.jmh.Kernels;
import io.hfmount.xet.hash.Blake3;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * The BLAKE3 project's own implementation, in the Python package {@code blake3}, on one thread of one Python process. It
 * hashes the bytes of {@link Kernels} under a key, as the sidecar does. Not thread-safe.
 */
final class OfficialBlake3 implements AutoCloseable {
    private static final byte[] KEY = new byte[Blake3.KEY_BYTES];
    private static final String CONTENT = "blake3-content";

    static {
        Arrays.fill(KEY, (byte) 3);
    }

    private final PythonProcess python;
    private final String version;

    private OfficialBlake3(PythonProcess python, String version) {
        this.python = python;
        this.version = version;
    }

    /**
     * Starts {@code python}.
     *
     * @param directory gets the bytes to hash and the script
     * @throws IOException when it has no package {@code blake3}, or no Python is there
     * @throws IllegalStateException when its hash is not ours, so that a comparison would say nothing
     */
    static OfficialBlake3 start(Path python, Path directory) throws IOException {
        byte[] bytes = Kernels.content();
        Path content = Files.write(directory.resolve(CONTENT), bytes);
        PythonProcess process = PythonProcess.start(
                "the Python package blake3",
                python,
                "blake3_client.py",
                directory,
                List.of(
                        content.toString(),
                        Integer.toString(Kernels.BLOCK),
                        HexFormat.of().formatHex(KEY)),
                Map.of());
        try {
            JsonNode first = process.ask(Map.of("do", "digest"));
            byte[] ours = Blake3.keyed(KEY, bytes, 0, Kernels.BLOCK).toRaw();
            if (!HexFormat.of().formatHex(ours).equals(first.path("digest").asString())) {
                throw new IllegalStateException("the Python package blake3 has another hash for the same bytes");
            }
            return new OfficialBlake3(process, first.path("version").asString());
        } catch (IOException | RuntimeException e) {
            process.close();
            throw e;
        }
    }

    /** What results call it. */
    String label() {
        return "the BLAKE3 project's own code (Python package blake3 " + version + ")";
    }

    /**
     * What one block takes.
     *
     * @param hot the first block again and again, in place of all in turn
     * @param seconds how long to measure, about
     */
    Block measure(boolean hot, double seconds) throws IOException {
        JsonNode answer = python.ask(Map.of("do", "measure", "hot", hot, "seconds", seconds));
        return new Block(answer.path("nanos").doubleValue(), answer.path("call").doubleValue());
    }

    @Override
    public void close() throws IOException {
        python.close();
    }

    /**
     * The time of one block.
     *
     * @param nanos as Python sees it
     * @param call what Python takes for the call: the same with an empty message
     */
    record Block(double nanos, double call) {
        /** MB/s of the hashing alone. It is a little too high, because an empty message is hashed too. */
        double rate() {
            return Kernels.BLOCK * 1e3 / (nanos - call);
        }
    }
}
