package main

import (
	"bytes"
	"io"
	"syscall"
	"testing"
)

// roomOf is what a log's file takes on the disk, in bytes.
func roomOf(t *testing.T, log *logFile) int64 {
	t.Helper()
	var stat syscall.Stat_t
	must(t, syscall.Fstat(int(log.file.Fd()), &stat))
	return stat.Blocks * 512
}

func TestALogHasRoomBeforeItNeedsIt(t *testing.T) {
	log, err := createLog(t.TempDir())
	must(t, err)
	defer log.drop()
	if roomOf(t, log) == 0 {
		t.Skip("this file system cannot reserve room")
	}
	chunk := bytes.Repeat([]byte("line\n"), 20_000)
	for range 60 {
		before := roomOf(t, log)
		if left := before - log.size; left < logReserve/2-int64(len(chunk)) {
			t.Fatalf("%d bytes are left of %d", left, before)
		}
		_, err := log.append(chunk)
		must(t, err)
	}
}

func TestRoomThatIsReservedIsNoPartOfTheLog(t *testing.T) {
	log, err := createLog(t.TempDir())
	must(t, err)
	defer log.drop()
	_, err = log.append([]byte("all of it"))
	must(t, err)
	reader, err := log.reader()
	must(t, err)
	defer reader.Close()
	written, err := io.ReadAll(io.NewSectionReader(reader, 0, 1<<20))
	must(t, err)
	if string(written) != "all of it" {
		t.Errorf("the log is %q", written)
	}
}
