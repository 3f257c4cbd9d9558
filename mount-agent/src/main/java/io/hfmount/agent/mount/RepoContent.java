package io.hfmount.agent.mount;

import io.hfmount.agent.content.DownloadTarget;
import io.hfmount.agent.content.OpenContent;
import io.hfmount.agent.content.PlainReader;
import io.hfmount.agent.fs.ContentAccess;
import io.hfmount.agent.remote.PlainFiles;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.model.ContentHash;

/** Content of a repo: from Xet storage, or over HTTP where the hash is the identity of a plain file. Thread-safe. */
final class RepoContent implements ContentAccess {
    private final ContentAccess xet;
    private final PlainFiles plain;
    private final PlainReader plainReader;

    RepoContent(ContentAccess xet, PlainFiles plain, PlainReader plainReader) {
        this.xet = xet;
        this.plain = plain;
        this.plainReader = plainReader;
    }

    @Override
    public OpenContent open(ContentHash hash, long size) {
        return plain.knows(hash) ? plainReader.open(hash, size) : xet.open(hash, size);
    }

    @Override
    public boolean knows(ContentHash hash, long size) {
        return !plain.knows(hash) && xet.knows(hash, size);
    }

    @Override
    public void download(ContentHash hash, long size, DownloadTarget target) throws FsException {
        if (plain.knows(hash)) {
            throw new FsException(Errno.EROFS, "a plain file of a repo is never copied to be written");
        }
        xet.download(hash, size, target);
    }
}
