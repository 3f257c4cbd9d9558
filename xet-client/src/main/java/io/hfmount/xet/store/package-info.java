/** The content store over the storage service: chunking, upload and download put together behind the port. */
@NullMarked
package io.hfmount.xet.store;

import org.jspecify.annotations.NullMarked;
