package io.hfmount.xet.hash;

/** The forms of the kernel. Naming one does not load its classes, which the vector ones could not survive everywhere. */
enum KernelChoice {
    /** Plain Java, always there. */
    SCALAR("plain Java"),
    /** Vectors of 256 bits. */
    LANES_8("8 lanes of 256-bit vectors"),
    /** Vectors of 512 bits. */
    LANES_16("16 lanes of 512-bit vectors");

    private static final String MODULE = "jdk.incubator.vector";

    private final String text;

    KernelChoice(String text) {
        this.text = text;
    }

    /** Whether this JVM was started with the module of the vector API. */
    static boolean hasVectors() {
        return ModuleLayer.boot().findModule(MODULE).isPresent();
    }

    /** The fastest form on this machine. */
    static KernelChoice best() {
        return hasVectors() ? VectorWidth.choice() : SCALAR;
    }

    /** A kernel with scratch space of its own. */
    Blake3Kernel create() {
        return switch (this) {
            case SCALAR -> new ScalarKernel();
            case LANES_8 -> new Lanes8Kernel();
            case LANES_16 -> new Lanes16Kernel();
        };
    }

    @Override
    public String toString() {
        return text;
    }
}
