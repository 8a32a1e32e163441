package main

import (
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// endGrace is for output that something in the background still holds the pipe for, once the script has ended.
	endGrace = 500 * time.Millisecond
	// recordChunk is how much of a script's output is taken in one go.
	recordChunk = 128 << 10
)

// outcome is how a run has come to its end.
type outcome struct {
	// end is the protocol's word: exited, signalled, interrupted. It is empty when the agent itself failed.
	end     string
	code    int
	signal  string
	oom     bool
	failure error
}

// scriptRun is one script: started once, its output in a log file, its end in memory.
type scriptRun struct {
	killAfter time.Duration
	log       *logFile
	pipe      *os.File
	script    *scriptFile
	// leader is the shell's pid, which is the number of its process group too.
	leader int
	// exited is closed when the first process has ended, over when there is an outcome.
	exited, over chan struct{}
	killsBefore  uint64

	mu          sync.Mutex
	size        int64
	changed     chan struct{}
	status      syscall.WaitStatus
	hasExited   bool
	interrupted bool
	outcome     *outcome
	killer      *time.Timer
	dropped     bool
}

// startRun starts a script with the first shell that can run it. One that is not started is still the caller's to remove.
func startRun(request runRequest, script *scriptFile, folder string, s *starter) (*scriptRun, error) {
	log, err := createLog(folder)
	if err != nil {
		return nil, err
	}
	pipe, end, err := outputPipe()
	if err != nil {
		log.drop()
		return nil, err
	}
	defer end.close()
	r := &scriptRun{
		killAfter:   request.killAfter,
		log:         log,
		pipe:        pipe,
		script:      script,
		exited:      make(chan struct{}),
		over:        make(chan struct{}),
		changed:     make(chan struct{}),
		killsBefore: memoryKills(),
	}
	if err = script.rename(request.id + ".script"); err == nil {
		r.leader, err = s.startShell(request, script.path, end, r.hasEnded)
	}
	if err != nil {
		log.drop()
		_ = pipe.Close()
		return nil, err
	}
	go script.removeOnceOpen(r.leader, r.over)
	go r.record()
	return r, nil
}

// hasEnded is the reaper's word that the first process has ended.
func (r *scriptRun) hasEnded(status syscall.WaitStatus) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.status = status
	r.hasExited = true
	close(r.exited)
	_ = r.pipe.SetReadDeadline(time.Now().Add(endGrace))
}

// record takes the script's output to its end, and the run to its outcome.
func (r *scriptRun) record() {
	defer r.pipe.Close()
	buffer := make([]byte, recordChunk)
	err := r.recordUntilEnd(buffer)
	held := errors.Is(err, os.ErrDeadlineExceeded)
	if held {
		r.recordHeld(buffer)
	}
	<-r.exited
	r.script.remove()
	r.finish()
	if held {
		// A service that the script has left running is neither blocked nor hit by SIGPIPE.
		drain(r.pipe)
	}
}

func (r *scriptRun) recordUntilEnd(buffer []byte) error {
	for {
		count, err := r.pipe.Read(buffer)
		r.append(buffer[:count])
		if err != nil {
			return err
		}
	}
}

// recordHeld takes what the pipe holds at this moment. A writer that never stops could fill it again for ever.
func (r *scriptRun) recordHeld(buffer []byte) {
	_ = r.pipe.SetReadDeadline(time.Time{})
	connection, err := r.pipe.SyscallConn()
	if err != nil {
		return
	}
	left := 0
	_ = connection.Control(func(fd uintptr) { left, _ = unix.IoctlGetInt(int(fd), unix.TIOCINQ) })
	for left > 0 {
		count, err := r.pipe.Read(buffer[:min(left, len(buffer))])
		r.append(buffer[:count])
		if err != nil {
			return
		}
		left -= count
	}
}

func (r *scriptRun) append(bytes []byte) {
	if len(bytes) == 0 || r.isOver() {
		return
	}
	written, err := r.log.append(bytes)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.size += int64(written)
	if err != nil {
		// Without its log a run is worth nothing, and an end with a code would be believed.
		r.settle(&outcome{failure: fmt.Errorf("the log cannot be written, so the script was ended: %w", err)})
		signalGroup(r.leader, syscall.SIGKILL)
	}
	r.notify()
}

func (r *scriptRun) isOver() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.outcome != nil
}

// finish makes the outcome known, once the output was read.
func (r *scriptRun) finish() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.killer != nil && !signalGroup(r.leader, 0) {
		r.killer.Stop()
	}
	if r.outcome != nil {
		return
	}
	switch {
	case r.interrupted:
		r.settle(&outcome{end: "interrupted"})
	case r.status.Signaled():
		oom := r.status.Signal() == syscall.SIGKILL && memoryKills() > r.killsBefore
		r.settle(&outcome{end: "signalled", signal: signalName(r.status.Signal()), oom: oom})
	default:
		r.settle(&outcome{end: "exited", code: r.status.ExitStatus()})
	}
	r.notify()
}

// settle is called with the lock held.
func (r *scriptRun) settle(end *outcome) {
	r.outcome = end
	close(r.over)
}

// notify wakes all followers. It is called with the lock held.
func (r *scriptRun) notify() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// state is the log's size, the outcome if there is one, and what is closed at the next change of either.
func (r *scriptRun) state() (int64, *outcome, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.size, r.outcome, r.changed
}

// kill sends a signal to the whole process group. TERM is followed by KILL, for whatever is left of the group then. It is false
// for a run that is over.
func (r *scriptRun) kill(signal syscall.Signal) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.outcome != nil {
		return false
	}
	r.signal(signal)
	return true
}

// markInterrupted keeps a script's answer to the platform's TERM from being taken for a result. A script that has ended already
// keeps its own.
func (r *scriptRun) markInterrupted() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.interrupted = !r.hasExited
}

// signal is called with the lock held.
func (r *scriptRun) signal(signal syscall.Signal) {
	signalGroup(r.leader, signal)
	if signal == syscall.SIGTERM && r.killer == nil {
		r.killer = time.AfterFunc(r.killAfter, func() { signalGroup(r.leader, syscall.SIGKILL) })
	}
}

// openLog gives a follower a log of its own, which stays when the run is dropped.
func (r *scriptRun) openLog() (*os.File, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dropped {
		return nil, refuse("no-such-run", "the log of this run was dropped")
	}
	return r.log.reader()
}

// dropIfOver forgets the log of a run that is over. It is false for one that goes on.
func (r *scriptRun) dropIfOver() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.outcome == nil {
		return false
	}
	r.dropped = true
	r.log.drop()
	return true
}

// drain reads and throws away until the last writer has gone.
func drain(pipe *os.File) {
	buffer := make([]byte, 4<<10)
	for {
		if _, err := pipe.Read(buffer); err != nil {
			return
		}
	}
}
