package io.hfmount.transport.jnr;

import io.hfmount.agent.transport.fuse.KernelMount;
import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.lang.management.ManagementFactory;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import jnr.ffi.Runtime;
import jnr.ffi.Struct;
import ru.serce.jnrfuse.struct.FuseOperations;

/** What this engine needs of the machine and of the JVM. Stateless. */
final class Requirements {
    /** FUSE 2.9; jnr-fuse looks for the same name. */
    static final String LIBRARY = "libfuse.so.2";

    private static final String PROGRAM = "fusermount";

    private Requirements() {}

    /**
     * What is missing.
     *
     * @param library name of libfuse
     * @return one line that says what to do, or empty text
     */
    static String problem(String library) {
        String device = KernelMount.deviceProblem();
        if (!device.isEmpty()) {
            return device;
        }
        String jvm = jvmProblem(ManagementFactory.getRuntimeMXBean().getInputArguments(), Charset.defaultCharset());
        if (!jvm.isEmpty()) {
            return jvm;
        }
        if (!isLoadable(library)) {
            return library + " (FUSE 2.9) is missing; install the package libfuse2 (on newer Debian and Ubuntu"
                    + " libfuse2t64, elsewhere fuse-libs or fuse2)";
        }
        if (!KernelMount.mayMount() && !isOnPath(PROGRAM)) {
            return "neither CAP_SYS_ADMIN nor " + PROGRAM + " on the path; give the capability, or install fuse3";
        }
        return bindingProblem();
    }

    /** What the JVM was told that this engine cannot live with. */
    static String jvmProblem(List<String> arguments, Charset charset) {
        if (arguments.contains("-Xrs") || arguments.contains("-XX:+ReduceSignalUsage")) {
            return "with -Xrs libfuse would take SIGTERM away from the service, which then ends without publishing;"
                    + " start the JVM without it";
        }
        if (!charset.equals(StandardCharsets.UTF_8)) {
            return "names would be mangled: the JVM's default charset is " + charset
                    + "; start it with -Dfile.encoding=UTF-8";
        }
        return "";
    }

    private static boolean isLoadable(String library) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup.libraryLookup(library, arena);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static boolean isOnPath(String program) {
        String path = System.getenv("PATH");
        if (path == null) {
            return false;
        }
        for (String directory : path.split(":", -1)) {
            if (!directory.isEmpty() && Files.isExecutable(Path.of(directory, program))) {
                return true;
            }
        }
        return false;
    }

    /** jffi unpacks a native library when it is first used. */
    private static String bindingProblem() {
        try {
            Struct.size(new FuseOperations(Runtime.getSystemRuntime()));
            return NativeStructs.STAT_SIZE > 0 ? "" : "struct stat is empty";
        } catch (Throwable t) {
            return "jffi cannot load its native library, which it unpacks into "
                    + System.getProperty("jffi.extract.dir", System.getProperty("java.io.tmpdir"))
                    + " (" + firstLine(t) + "); that directory must be writable and not mounted noexec, or set"
                    + " -Djffi.extract.dir=DIR to one that is, or -Djffi.boot.library.path to where the library lies";
        }
    }

    private static String firstLine(Throwable failure) {
        Throwable deepest = failure;
        while (deepest.getCause() != null) {
            deepest = deepest.getCause();
        }
        String text = String.valueOf(deepest.getMessage());
        return deepest.getClass().getSimpleName() + ": "
                + text.lines().findFirst().orElse("");
    }
}
