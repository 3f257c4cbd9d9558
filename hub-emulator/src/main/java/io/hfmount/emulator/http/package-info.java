/** Routing, requests and answers of the embedded Hub: the one place that knows Reactor Netty. */
@NullMarked
package io.hfmount.emulator.http;

import org.jspecify.annotations.NullMarked;
