package io.hfmount.bench;

import java.io.IOException;

/** Work whose runs give the values of one or more rows, each with the limit measured in the same run. */
interface Scenario {
    /** Done once, before the first run. */
    default void prepare() throws IOException {}

    /** One run; reports a value and, where there is one, a limit for each of its rows. */
    void run(Samples samples) throws IOException;

    /** Done once, after the last run, also when one failed. */
    default void finish() throws IOException {}
}
