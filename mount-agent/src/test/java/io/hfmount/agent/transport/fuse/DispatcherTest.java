package io.hfmount.agent.transport.fuse;

import static org.assertj.core.api.Assertions.assertThat;

import io.hfmount.agent.vfs.Attributes;
import io.hfmount.agent.vfs.Caller;
import io.hfmount.agent.vfs.CreateResult;
import io.hfmount.agent.vfs.Errno;
import io.hfmount.agent.vfs.FsException;
import io.hfmount.agent.vfs.MemoryFileSystem;
import io.hfmount.agent.vfs.OpenFlags;
import io.hfmount.agent.vfs.Wait;
import io.hfmount.agent.vfs.WouldBlockException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class DispatcherTest {
    private static final long ROOT = MemoryFileSystem.ROOT;
    private static final int MAX_PAYLOAD = 1 << 20;
    private static final FuseLimits SMALL =
            new FuseLimits(MAX_PAYLOAD, 2, 2, MAX_PAYLOAD * 4L, MAX_PAYLOAD * 4L, 2, MAX_PAYLOAD * 4L, 10);

    private final CountDownLatch gate = new CountDownLatch(1);
    private final MemoryFileSystem fileSystem = new MemoryFileSystem() {
        @Override
        protected void beforeRead(long ino, String name, Wait wait) {
            stall(name, wait);
        }

        @Override
        protected void beforeWrite(long ino, String name, Wait wait) {
            stall(name, wait);
        }

        @Override
        protected void beforeLookup(long parent, String name, Wait wait) {
            stall(name, wait);
        }

        private void stall(String name, Wait wait) {
            if (name.startsWith("stall")) {
                if (wait == Wait.NEVER) {
                    throw WouldBlockException.INSTANCE;
                }
                try {
                    gate.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        }
    };
    private final BufferPool pool = new BufferPool();
    private final SlowRequests slow = new SlowRequests(SMALL, pool);
    private final Dispatcher dispatcher = new Dispatcher(fileSystem, slow, MAX_PAYLOAD);
    private final RecordingChannel channel = new RecordingChannel();
    private final PayloadBuffer memory = new PayloadBuffer(MAX_PAYLOAD);
    private final Reply reply = new Reply(memory, channel);

    @AfterEach
    void everyRequestEnds() {
        gate.countDown();
        assertThat(slow.close(java.time.Duration.ofSeconds(10))).isTrue();
        assertThat(channel.references).hasValue(1);
        pool.close();
        memory.free();
    }

    @ParameterizedTest
    @CsvSource({
        "21, ENOSYS", // SETXATTR
        "22, ENOSYS",
        "23, ENOSYS",
        "24, ENOSYS",
        "34, ENOSYS", // ACCESS
        "37, ENOSYS", // BMAP
        "39, ENOTTY", // IOCTL
        "40, ENOSYS", // POLL
        "50, ENOSYS", // SYNCFS
        "51, EOPNOTSUPP", // TMPFILE
        "52, ENOSYS", // STATX
        "4711, ENOSYS"
    })
    void unsupportedOperation_isAnsweredWithTheErrorThatFits(int opcode, Errno expected) {
        assertThat(inline(new RequestBytes(opcode, 8, ROOT).raw(new byte[64]))).isEqualTo(-expected.number());
    }

    @Test
    void mknodOfADevice_isNotPermitted() {
        RequestBytes fifo = new RequestBytes(Opcode.MKNOD, 8, ROOT)
                .u32(0010644)
                .u32(0)
                .u32(0)
                .u32(0)
                .text("fifo");
        assertThat(inline(fifo)).isEqualTo(-Errno.EPERM.number());
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 4, 8, -1})
    void renameWithFlagsThatNobodyKnows_isInvalid(int flags) {
        RequestBytes rename = new RequestBytes(Opcode.RENAME2, 8, ROOT)
                .u64(ROOT)
                .u32(flags)
                .u32(0)
                .text("a")
                .text("b");
        assertThat(inline(rename)).isEqualTo(-Errno.EINVAL.number());
    }

    @Test
    void seekOfAnotherKind_isInvalid() {
        RequestBytes seek =
                new RequestBytes(Opcode.LSEEK, 8, ROOT).u64(1).u64(0).u32(0).u32(0);
        assertThat(inline(seek)).isEqualTo(-Errno.EINVAL.number());
    }

    private static RequestBytes copy(int opcode, CreateResult from, CreateResult to, long length, long flags) {
        return new RequestBytes(opcode, 8, from.attributes().ino())
                .u64(from.open().handle())
                .u64(2)
                .u64(to.attributes().ino())
                .u64(to.open().handle())
                .u64(1)
                .u64(length)
                .u64(flags);
    }

    @ParameterizedTest
    @ValueSource(ints = {Opcode.COPY_FILE_RANGE, Opcode.COPY_FILE_RANGE_64})
    void copiedRange_isAnsweredWithItsLength_inEitherForm(int opcode) throws Exception {
        CreateResult from = file("from", "content");
        CreateResult to = file("to", "......");
        send(copy(opcode, from, to, 3, 0));
        assertThat(channel.awaitMessages(1)).singleElement().satisfies(m -> {
            assertThat(m.error()).isZero();
            assertThat(m.payload()).containsExactly(3, 0, 0, 0, 0, 0, 0, 0);
        });
        send(read(to, 10, 0, 10));
        assertThat(channel.awaitMessages(2).getLast().payload()).asString().isEqualTo(".nte..");
    }

    @Test
    void copiedRange_longerThanTheOlderAnswerCanCount_isLeftToTheKernel() throws Exception {
        CreateResult from = file("from", "content");
        CreateResult to = file("to", "");
        assertThat(inline(copy(Opcode.COPY_FILE_RANGE, from, to, 1L << 32, 0))).isEqualTo(-Errno.EOPNOTSUPP.number());
        send(copy(Opcode.COPY_FILE_RANGE_64, from, to, 1L << 32, 0));
        assertThat(channel.awaitMessages(2).getLast().payload()).startsWith(5);
        assertThat(inline(copy(Opcode.COPY_FILE_RANGE, from, to, 1, 1))).isEqualTo(-Errno.EINVAL.number());
    }

    @Test
    void requestWhoseLengthsDisagree_isAnsweredEio() {
        byte[] bytes =
                new RequestBytes(Opcode.GETATTR, 8, ROOT).raw(new byte[16]).bytes();
        bytes[0]++;
        dispatcher.dispatch(RequestBytes.in(bytes), bytes.length, reply);
        assertThat(channel.messages())
                .extracting(RecordingChannel.Message::error)
                .containsExactly(-5);
    }

    @Test
    void lessThanAHeader_isIgnored() {
        byte[] bytes = new byte[39];
        dispatcher.dispatch(RequestBytes.in(bytes), bytes.length, reply);
        assertThat(channel.messages()).isEmpty();
    }

    @Test
    void read_isAnsweredWithTheBytes_onTheCallingThread() throws FsException {
        CreateResult file = file("file", "content");
        send(read(file, 8, 3, 100));
        assertThat(channel.messages()).singleElement().satisfies(m -> {
            assertThat(m.unique()).isEqualTo(8);
            assertThat(m.error()).isZero();
            assertThat(m.payload()).asString().isEqualTo("tent");
        });
    }

    @Test
    void readLargerThanAgreed_isInvalid() throws FsException {
        CreateResult file = file("file", "content");
        assertThat(inline(read(file, 8, 0, MAX_PAYLOAD + 1))).isEqualTo(-Errno.EINVAL.number());
        assertThat(inline(read(file, 9, 0, -1))).isEqualTo(-Errno.EINVAL.number());
    }

    @Test
    void writeWithLessDataThanItSays_isInvalid() throws FsException {
        CreateResult file = file("file", "content");
        RequestBytes write = write(file, 8, 0, new byte[9], 10);
        assertThat(inline(write)).isEqualTo(-Errno.EINVAL.number());
        assertThat(fileSystem.getattr(file.attributes().ino()).size()).isEqualTo(7);
    }

    @Test
    void stalledReads_beyondTheBound_areQueuedAndOthersPass() throws Exception {
        CreateResult file = file("stall", "content");
        for (int i = 0; i < 10; i++) {
            send(read(file, 100 + 2 * i, 0, 7));
        }
        assertThat(slow.inFlight()).isEqualTo(10);
        assertThat(inline(new RequestBytes(Opcode.GETATTR, 8, ROOT).raw(new byte[16])))
                .isZero();
        assertThat(channel.messages()).hasSize(1);

        gate.countDown();

        assertThat(channel.awaitMessages(11))
                .filteredOn(m -> m.unique() >= 100)
                .allSatisfy(m -> assertThat(m.payload()).asString().isEqualTo("content"));
    }

    @Test
    void stalledWrites_keepTheirBytes_andBeyondTheBoundAreRefusedUnlessTheyAreWriteBack() throws Exception {
        CreateResult file = file("stall", "");
        byte[] data = new byte[MAX_PAYLOAD];
        java.util.Arrays.fill(data, (byte) 'x');
        for (int i = 0; i < 4; i++) {
            send(write(file, 100 + 2 * i, (long) i * data.length, data, data.length));
        }
        assertThat(channel.messages()).isEmpty();
        assertThat(inline(write(file, 200, 0, data, data.length))).isEqualTo(-Errno.ENOMEM.number());
        RequestBytes writeBack = new RequestBytes(
                        Opcode.WRITE, 300, file.attributes().ino())
                .u64(file.open().handle())
                .u64(4L * data.length)
                .u32(data.length)
                .u32(1)
                .u64(0)
                .u32(0)
                .u32(0)
                .raw(data);
        send(writeBack);
        assertThat(channel.messages()).hasSize(1);

        gate.countDown();

        assertThat(channel.awaitMessages(6)).filteredOn(m -> m.unique() != 200).allSatisfy(m -> {
            assertThat(m.error()).isZero();
            assertThat(ByteBuffer.wrap(m.payload())
                            .order(ByteOrder.nativeOrder())
                            .getInt())
                    .isEqualTo(MAX_PAYLOAD);
        });
        MemorySegment back = java.lang.foreign.Arena.ofAuto().allocate(5L * data.length);
        assertThat(fileSystem.read(file.attributes().ino(), file.open().handle(), 0, back, Wait.ALLOWED))
                .isEqualTo(5 * data.length);
        assertThat(back.toArray(java.lang.foreign.ValueLayout.JAVA_BYTE)).containsOnly('x');
    }

    @Test
    void interrupt_ofARunningRead_answersItEintrAndDropsTheLateResult() throws Exception {
        CreateResult file = file("stall", "content");
        send(read(file, 100, 0, 7));
        send(new RequestBytes(Opcode.INTERRUPT, 101, 0).u64(100));
        assertThat(channel.messages())
                .singleElement()
                .satisfies(m -> assertThat(m.error()).isEqualTo(-Errno.EINTR.number()))
                .satisfies(m -> assertThat(m.unique()).isEqualTo(100));

        gate.countDown();
        drain();
        assertThat(channel.messages()).hasSize(1);
    }

    @Test
    void interrupt_thatOvertookItsVictim_stillEndsIt() throws Exception {
        CreateResult file = file("stall", "content");
        send(new RequestBytes(Opcode.INTERRUPT, 101, 0).u64(100));
        send(read(file, 100, 0, 7));
        assertThat(channel.messages())
                .extracting(RecordingChannel.Message::error)
                .containsExactly(-4);
        assertThat(slow.inFlight()).isZero();
    }

    @Test
    void interrupt_ofAQueuedWrite_endsItBeforeAnyEffect_butARunningOneGoesOn() throws Exception {
        CreateResult file = file("stall", "");
        for (long unique = 100; unique <= 104; unique += 2) {
            send(write(file, unique, 0, new byte[] {1}, 1));
        }
        for (long unique = 100; unique <= 104; unique += 2) {
            send(new RequestBytes(Opcode.INTERRUPT, unique + 1, 0).u64(unique));
        }
        assertThat(channel.messages())
                .extracting(RecordingChannel.Message::unique, RecordingChannel.Message::error)
                .containsExactly(org.assertj.core.groups.Tuple.tuple(104L, -4));

        gate.countDown();
        drain();
        assertThat(channel.messages()).filteredOn(m -> m.error() == 0).hasSize(2);
    }

    @Test
    void interruptedLookup_givesItsReferenceBack() throws Exception {
        fileSystem.mknod(ROOT, "stall", 0644, Caller.SELF);
        long held = fileSystem.lookupsHeld();
        send(new RequestBytes(Opcode.LOOKUP, 100, ROOT).text("stall"));
        send(new RequestBytes(Opcode.INTERRUPT, 101, 0).u64(100));
        gate.countDown();
        drain();
        assertThat(channel.messages()).hasSize(1);
        assertThat(fileSystem.lookupsHeld()).isEqualTo(held);
    }

    @Test
    void release_waitsForAnInterruptedReadOfItsHandle() throws Exception {
        CreateResult file = file("stall", "content");
        send(read(file, 100, 0, 7));
        send(new RequestBytes(Opcode.INTERRUPT, 101, 0).u64(100));
        send(new RequestBytes(Opcode.RELEASE, 102, file.attributes().ino())
                .u64(file.open().handle())
                .u64(0)
                .u64(0));
        assertThat(fileSystem.openHandles()).isEqualTo(1);

        gate.countDown();

        assertThat(channel.awaitMessages(2))
                .last()
                .satisfies(m -> assertThat(m.unique()).isEqualTo(102));
        assertThat(fileSystem.openHandles()).isZero();
    }

    @Test
    void answersThatTheKernelNoLongerWants_takeBackWhatTheyHandedOut() throws Exception {
        fileSystem.mknod(ROOT, "file", 0644, Caller.SELF);
        long held = fileSystem.lookupsHeld();
        channel.refusal = -LibC.ENOENT;
        send(new RequestBytes(Opcode.LOOKUP, 100, ROOT).text("file"));
        send(new RequestBytes(Opcode.OPENDIR, 102, ROOT).u64(0));
        send(new RequestBytes(Opcode.CREATE, 104, ROOT)
                .u32(0)
                .u32(0644)
                .u32(0)
                .u32(0)
                .text("new"));
        drain();
        long directory = fileSystem.opendir(ROOT).handle();
        send(new RequestBytes(Opcode.READDIRPLUS, 106, ROOT)
                .u64(directory)
                .u64(0)
                .u32(4096)
                .u32(0)
                .u64(0)
                .u64(0));
        drain();
        assertThat(fileSystem.lookupsHeld()).isEqualTo(held);
        fileSystem.releasedir(ROOT, directory);
        assertThat(fileSystem.openHandles()).isZero();
    }

    @Test
    void answerThatTheKernelRefuses_isFollowedByAnErrorSoThatTheCallerEnds() throws FsException {
        CreateResult file = file("file", "content");
        channel.refusal = -LibC.EINVAL;
        send(read(file, 8, 0, 7));
        assertThat(channel.messages())
                .extracting(RecordingChannel.Message::error)
                .containsExactly(0, -5);
    }

    @Test
    void createOfANameThatAppearedMeanwhile_opensItUnlessExclusive() throws Exception {
        file("file", "content");
        send(new RequestBytes(Opcode.CREATE, 100, ROOT)
                .u32(0102)
                .u32(0644)
                .u32(0)
                .u32(0)
                .text("file"));
        assertThat(channel.awaitMessages(1)).singleElement().satisfies(m -> {
            assertThat(m.error()).isZero();
            assertThat(m.payload()).hasSize(144);
        });
        send(new RequestBytes(Opcode.CREATE, 102, ROOT)
                .u32(0302)
                .u32(0644)
                .u32(0)
                .u32(0)
                .text("file"));
        assertThat(channel.awaitMessages(2))
                .last()
                .satisfies(m -> assertThat(m.error()).isEqualTo(-Errno.EEXIST.number()));
    }

    @Test
    void errorNumbers_areBroughtIntoTheKernelsRange() {
        assertThat(Reply.errorOf(2)).isEqualTo(-2);
        assertThat(Reply.errorOf(511)).isEqualTo(-511);
        for (int wrong : new int[] {0, -1, 512, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
            assertThat(Reply.errorOf(wrong)).isEqualTo(-5);
        }
    }

    @Test
    void batchForget_countsEachNode_andATooLargeCountIsIgnored() throws FsException {
        Attributes one = fileSystem.mknod(ROOT, "one", 0644, Caller.SELF);
        Attributes two = fileSystem.mknod(ROOT, "two", 0644, Caller.SELF);
        send(new RequestBytes(Opcode.BATCH_FORGET, 8, 0)
                .u32(Integer.MAX_VALUE)
                .u32(0)
                .u64(one.ino())
                .u64(1));
        assertThat(fileSystem.lookupsHeld()).isEqualTo(2);
        send(new RequestBytes(Opcode.BATCH_FORGET, 10, 0)
                .u32(2)
                .u32(0)
                .u64(one.ino())
                .u64(1)
                .u64(two.ino())
                .u64(1));
        assertThat(fileSystem.lookupsHeld()).isZero();
        assertThat(channel.messages()).isEmpty();
    }

    private CreateResult file(String name, String content) throws FsException {
        CreateResult created = fileSystem.create(ROOT, name, 0644, OpenFlags.READ_WRITE, Caller.SELF);
        fileSystem.replaceContent(name, content.getBytes(StandardCharsets.UTF_8), true);
        return created;
    }

    private static RequestBytes read(CreateResult file, long unique, long offset, int size) {
        return new RequestBytes(Opcode.READ, unique, file.attributes().ino())
                .u64(file.open().handle())
                .u64(offset)
                .u32(size)
                .u32(0)
                .u64(0)
                .u32(0)
                .u32(0);
    }

    private static RequestBytes write(CreateResult file, long unique, long offset, byte[] data, int size) {
        return new RequestBytes(Opcode.WRITE, unique, file.attributes().ino())
                .u64(file.open().handle())
                .u64(offset)
                .u32(size)
                .u32(0)
                .u64(0)
                .u32(0)
                .u32(0)
                .raw(data);
    }

    private void send(RequestBytes bytes) {
        byte[] raw = bytes.bytes();
        dispatcher.dispatch(RequestBytes.in(raw), raw.length, reply);
    }

    /** The error of a request that is answered before dispatch returns. */
    private int inline(RequestBytes bytes) {
        int before = channel.messages().size();
        send(bytes);
        List<RecordingChannel.Message> all = channel.messages();
        assertThat(all).hasSize(before + 1);
        return all.getLast().error();
    }

    private void drain() {
        org.awaitility.Awaitility.await().until(() -> slow.inFlight() == 0);
    }
}
