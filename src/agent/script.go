package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// scriptFile is a script on its way into a shell. It holds the job's secrets, so it goes as soon as the shell has it open.
type scriptFile struct {
	path    string
	removed sync.Once
}

// receiveScript writes exactly length bytes to a new file of the folder. An input that ends before is a connection that was lost:
// half a script must not run.
func receiveScript(folder string, input io.Reader, length int64) (*scriptFile, error) {
	file, err := os.CreateTemp(folder, "upload-*")
	if err != nil {
		return nil, fmt.Errorf("the script cannot be written: %w", err)
	}
	script := &scriptFile{path: file.Name()}
	// The umask has no say in it.
	err = file.Chmod(0o600)
	if err == nil {
		err = receive(file, input, length)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		script.remove()
		return nil, err
	}
	return script, nil
}

func receive(file io.Writer, input io.Reader, length int64) error {
	received, err := io.CopyN(file, input, length)
	if err == io.EOF {
		return refuse("incomplete-script", "%d of %d bytes came", received, length)
	}
	if err != nil {
		return fmt.Errorf("the script cannot be written: %w", err)
	}
	return nil
}

// rename gives it the name that the shell's messages will show.
func (s *scriptFile) rename(name string) error {
	path := filepath.Join(filepath.Dir(s.path), name)
	if err := os.Rename(s.path, path); err != nil {
		return err
	}
	s.path = path
	return nil
}

// remove does nothing the second time: the name may be another script's by then.
func (s *scriptFile) remove() {
	s.removed.Do(func() { _ = os.Remove(s.path) })
}

// openPauses lie between two looks at a shell that has not opened its script yet, the last one for good.
var openPauses = []time.Duration{1, 2, 5, 10, 20, 50, 100, 200}

// removeOnceOpen looks where Linux shows the files of a process, until the run is over. Without /proc the file stays till then.
func (s *scriptFile) removeOnceOpen(pid int, over <-chan struct{}) {
	own, err := os.Stat(s.path)
	if err != nil {
		return
	}
	for look := 0; ; look++ {
		select {
		case <-over:
			return
		case <-time.After(openPauses[min(look, len(openPauses)-1)] * time.Millisecond):
		}
		open, err := isOpenIn(pid, own)
		if err != nil {
			return
		}
		if open {
			s.remove()
			return
		}
	}
}

func isOpenIn(pid int, file os.FileInfo) (bool, error) {
	folder := fmt.Sprintf("/proc/%d/fd", pid)
	entries, err := os.ReadDir(folder)
	for _, entry := range entries {
		if open, err := os.Stat(filepath.Join(folder, entry.Name())); err == nil && os.SameFile(open, file) {
			return true, nil
		}
	}
	return false, err
}
