package io.hfmount.xet.hash;

import io.hfmount.xet.vectors.VectorInput;

/** Another JVM's main: says which kernel is best there and hashes with it. */
final class KernelProbe {
    static final int LENGTH = 70_000;

    private KernelProbe() {}

    public static void main(String[] args) {
        Blake3.prepare();
        KernelChoice best = KernelChoice.best();
        byte[] data = VectorInput.random(9, LENGTH);
        System.out.println("best " + best.name());
        System.out.println("hash " + new Blake3Hasher(new int[8], () -> best).hash(data, 0, LENGTH));
    }
}
