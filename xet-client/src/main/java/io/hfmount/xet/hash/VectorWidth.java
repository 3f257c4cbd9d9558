package io.hfmount.xet.hash;

import jdk.incubator.vector.IntVector;

/** Asks the processor how wide its vectors are. To be used only where the vector module is present. */
final class VectorWidth {
    private VectorWidth() {}

    /** Two lanes of half the width are slower than the plain form, so narrow vectors are not used. */
    static KernelChoice choice() {
        int bits = IntVector.SPECIES_PREFERRED.vectorBitSize();
        if (bits >= 512) {
            return KernelChoice.LANES_16;
        }
        return bits >= 256 ? KernelChoice.LANES_8 : KernelChoice.SCALAR;
    }
}
