/** An embedded Hub for buckets with its storage service, kept in one directory on disk. */
@NullMarked
package io.hfmount.emulator;

import org.jspecify.annotations.NullMarked;
