package main

import (
	"io"
	"maps"
	"slices"
	"sync"
	"syscall"
	"time"
)

// cancelledKept is how many cancelled ids are remembered; older ones belong to calls that are long over.
const cancelledKept = 1000

// runs are those of one container: each id once, a kill never lost, ended runs dropped when a new one starts.
//
// Locks are taken in this order: runs, reaper, run.
type runs struct {
	folder  string
	starter *starter

	mu        sync.Mutex
	known     map[string]*scriptRun
	cancelled []string
	stopping  bool
}

func newRuns(folder string, s *starter) *runs {
	return &runs{folder: folder, starter: s, known: map[string]*scriptRun{}}
}

// find is nil for an id that never started.
func (r *runs) find(id string) *scriptRun {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.known[id]
}

// receive takes a script from its client and starts it. It attaches to the run of an equal request where there is one already,
// or one comes while the script does.
func (r *runs) receive(request runRequest, input io.Reader) (run *scriptRun, attached bool, err error) {
	if run, err := r.expect(request); run != nil || err != nil {
		return run, true, err
	}
	script, err := receiveScript(r.folder, input, request.length)
	if err != nil {
		return nil, false, err
	}
	return r.start(request, script)
}

// start removes a script that it does not start, and does so with the lock held: the next request of the same id makes a file of the same name.
func (r *runs) start(request runRequest, script *scriptFile) (run *scriptRun, attached bool, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	defer func() {
		if err != nil || attached {
			script.remove()
		}
	}()
	if run := r.known[request.id]; run != nil {
		return run, true, nil
	}
	if err := r.admit(request); err != nil {
		return nil, false, err
	}
	run, err = startRun(request, script, r.folder, r.starter)
	if err == nil {
		r.known[request.id] = run
	}
	return run, false, err
}

// expect returns the run where it is known. Otherwise it drops those that are over: the log of the last one may have filled the
// disk, and the script that comes needs room.
func (r *runs) expect(request runRequest) (*scriptRun, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if run := r.known[request.id]; run != nil {
		return run, nil
	}
	if err := r.admit(request); err != nil {
		return nil, err
	}
	maps.DeleteFunc(r.known, func(_ string, run *scriptRun) bool { return run.dropIfOver() })
	return nil, nil
}

// admit is called with the lock held, for an id that is not known.
func (r *runs) admit(request runRequest) error {
	switch {
	case slices.Contains(r.cancelled, request.id):
		return refuse("cancelled", "the run %s was killed before it started", request.id)
	case r.stopping:
		return refuse("stopping", "the platform stops this container")
	case request.offset > 0:
		return refuse("bad-offset", "a new run has no byte %d", request.offset)
	}
	return nil
}

// kill tells whether the run is still going on. An id that never started is cancelled for good.
func (r *runs) kill(id string, signal syscall.Signal) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if run := r.known[id]; run != nil {
		return run.kill(signal)
	}
	if !slices.Contains(r.cancelled, id) {
		r.cancelled = append(r.cancelled, id)
	}
	if len(r.cancelled) > cancelledKept {
		r.cancelled = slices.Delete(r.cancelled, 0, 1)
	}
	return false
}

// interruptAll is for the container's end. It returns when every run is over, or has outlived its KILL.
func (r *runs) interruptAll() {
	r.mu.Lock()
	r.stopping = true
	// What has ended by itself keeps its result, although nobody has asked for it yet.
	r.starter.reaper.reap()
	going := slices.Collect(maps.Values(r.known))
	r.mu.Unlock()
	// All are marked before the first one hears of it.
	for _, run := range going {
		run.markInterrupted()
	}
	patience := time.Duration(0)
	for _, run := range going {
		if run.kill(syscall.SIGTERM) {
			patience = max(patience, run.killAfter)
		}
	}
	// A process that hangs in the kernel outlives a KILL, and must not keep the container.
	late := time.After(patience + killPatience)
	for _, run := range going {
		select {
		case <-run.over:
		case <-late:
			return
		}
	}
}

// killPatience is how long a process may take to end that has got KILL.
var killPatience = 5 * time.Second
