package io.hfmount.agent;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/** Collects {@link MountOptions}; each method sets the option of its name. Not thread-safe. */
public final class MountOptionsBuilder {
    private Duration flushDebounce;
    private Duration flushMaxBatchWindow;
    private int flushParallelism;
    private @Nullable Duration flushItemTimeout;
    private Duration flushShutdownTimeout;
    private Duration pollInterval;
    private int pollListingConcurrency;
    private Duration metadataTtl;
    private Duration negativeTtl;
    private int listAheadLimit;
    private int inodeSoftLimit;
    private @Nullable Long uid;
    private @Nullable Long gid;
    private boolean ownerOnly;
    private boolean directIo;
    private boolean filterOsFiles;
    private @Nullable Path tokenFile;
    private long cacheSize;
    private CacheMode cacheMode;
    private Duration readFetchTimeout;
    private int maxInflightReads;
    private long maxReadMemory;
    private long sparseMinSize;

    MountOptionsBuilder(MountOptions from) {
        flushDebounce = from.flushDebounce();
        flushMaxBatchWindow = from.flushMaxBatchWindow();
        flushParallelism = from.flushParallelism();
        flushItemTimeout = from.flushItemTimeout();
        flushShutdownTimeout = from.flushShutdownTimeout();
        pollInterval = from.pollInterval();
        pollListingConcurrency = from.pollListingConcurrency();
        metadataTtl = from.metadataTtl();
        negativeTtl = from.negativeTtl();
        listAheadLimit = from.listAheadLimit();
        inodeSoftLimit = from.inodeSoftLimit();
        uid = from.uid();
        gid = from.gid();
        ownerOnly = from.ownerOnly();
        directIo = from.directIo();
        filterOsFiles = from.filterOsFiles();
        tokenFile = from.tokenFile();
        cacheSize = from.cacheSize();
        cacheMode = from.cacheMode();
        readFetchTimeout = from.readFetchTimeout();
        maxInflightReads = from.maxInflightReads();
        maxReadMemory = from.maxReadMemory();
        sparseMinSize = from.sparseMinSize();
    }

    public MountOptionsBuilder flushDebounce(Duration value) {
        flushDebounce = value;
        return this;
    }

    public MountOptionsBuilder flushMaxBatchWindow(Duration value) {
        flushMaxBatchWindow = value;
        return this;
    }

    public MountOptionsBuilder flushParallelism(int value) {
        flushParallelism = value;
        return this;
    }

    public MountOptionsBuilder flushItemTimeout(@Nullable Duration value) {
        flushItemTimeout = value;
        return this;
    }

    public MountOptionsBuilder flushShutdownTimeout(Duration value) {
        flushShutdownTimeout = value;
        return this;
    }

    public MountOptionsBuilder pollInterval(Duration value) {
        pollInterval = value;
        return this;
    }

    public MountOptionsBuilder pollListingConcurrency(int value) {
        pollListingConcurrency = value;
        return this;
    }

    public MountOptionsBuilder metadataTtl(Duration value) {
        metadataTtl = value;
        return this;
    }

    public MountOptionsBuilder negativeTtl(Duration value) {
        negativeTtl = value;
        return this;
    }

    public MountOptionsBuilder listAheadLimit(int value) {
        listAheadLimit = value;
        return this;
    }

    public MountOptionsBuilder inodeSoftLimit(int value) {
        inodeSoftLimit = value;
        return this;
    }

    public MountOptionsBuilder uid(@Nullable Long value) {
        uid = value;
        return this;
    }

    public MountOptionsBuilder gid(@Nullable Long value) {
        gid = value;
        return this;
    }

    public MountOptionsBuilder ownerOnly(boolean value) {
        ownerOnly = value;
        return this;
    }

    public MountOptionsBuilder directIo(boolean value) {
        directIo = value;
        return this;
    }

    public MountOptionsBuilder filterOsFiles(boolean value) {
        filterOsFiles = value;
        return this;
    }

    public MountOptionsBuilder tokenFile(@Nullable Path value) {
        tokenFile = value;
        return this;
    }

    public MountOptionsBuilder cacheSize(long value) {
        cacheSize = value;
        return this;
    }

    public MountOptionsBuilder cacheMode(CacheMode value) {
        cacheMode = value;
        return this;
    }

    public MountOptionsBuilder readFetchTimeout(Duration value) {
        readFetchTimeout = value;
        return this;
    }

    public MountOptionsBuilder maxInflightReads(int value) {
        maxInflightReads = value;
        return this;
    }

    public MountOptionsBuilder maxReadMemory(long value) {
        maxReadMemory = value;
        return this;
    }

    public MountOptionsBuilder sparseMinSize(long value) {
        sparseMinSize = value;
        return this;
    }

    /**
     * The options.
     *
     * @throws InvalidOptionException if a value is out of bounds
     */
    public MountOptions build() {
        return new MountOptions(
                flushDebounce,
                flushMaxBatchWindow,
                flushParallelism,
                flushItemTimeout,
                flushShutdownTimeout,
                pollInterval,
                pollListingConcurrency,
                metadataTtl,
                negativeTtl,
                listAheadLimit,
                inodeSoftLimit,
                uid,
                gid,
                ownerOnly,
                directIo,
                filterOsFiles,
                tokenFile,
                cacheSize,
                cacheMode,
                readFetchTimeout,
                maxInflightReads,
                maxReadMemory,
                sparseMinSize);
    }
}
