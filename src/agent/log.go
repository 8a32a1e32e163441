package main

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// logFile holds what one script has written. It has no name: no script can reach it, and when it is closed its room is free.
type logFile struct {
	file *os.File
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
	return &logFile{file}, nil
}

func (l *logFile) append(bytes []byte) (int, error) {
	return l.file.Write(bytes)
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
