package main

import (
	"errors"
	"fmt"
	"math"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// logReserve is room that a log takes before it needs it: a script that fills the disk can still tell of it, and end by itself. It is
// taken anew when half of it is used up.
const logReserve = 2 << 20

// logFile holds what one script has written. It has no name: no script can reach it, and when it is closed its room is free.
type logFile struct {
	file *os.File
	// size is what was written, reserved what there is room for.
	size, reserved int64
}

func createLog(folder string) (*logFile, error) {
	file, err := os.CreateTemp(folder, "log-*")
	if err != nil {
		return nil, fmt.Errorf("the log cannot be made: %w", err)
	}
	if err := os.Remove(file.Name()); err != nil {
		_ = file.Close()
		return nil, err
	}
	log := &logFile{file: file}
	log.reserve()
	return log, nil
}

func (l *logFile) append(bytes []byte) (int, error) {
	l.reserve()
	count, err := l.file.Write(bytes)
	l.size += int64(count)
	return count, err
}

// reserve makes no difference where it fails: a disk that is full now may have room again for what is written next.
func (l *logFile) reserve() {
	if l.reserved-l.size >= logReserve/2 {
		return
	}
	from := max(l.size, l.reserved)
	switch err := unix.Fallocate(int(l.file.Fd()), unix.FALLOC_FL_KEEP_SIZE, from, logReserve); {
	case err == nil:
		l.reserved = from + logReserve
	case errors.Is(err, syscall.EOPNOTSUPP), errors.Is(err, syscall.ENOSYS):
		l.reserved = math.MaxInt64
	}
}

// reader is a second descriptor of the log: it lasts when the log is dropped.
func (l *logFile) reader() (*os.File, error) {
	fd, err := unix.FcntlInt(l.file.Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), "log"), nil
}

func (l *logFile) drop() {
	_ = l.file.Close()
}
