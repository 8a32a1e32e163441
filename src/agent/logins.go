package main

import (
	"sync"
	"time"
)

// logins counts authenticated connections. A running script is none.
type logins struct {
	after     time.Duration
	abandoned func()

	mu    sync.Mutex
	count int
	// idleSince is when the last one has gone.
	idleSince time.Time
	timer     *time.Timer
}

// newLogins calls abandoned when for so long nobody was logged in.
func newLogins(after time.Duration, abandoned func()) *logins {
	l := &logins{after: after, abandoned: abandoned, idleSince: time.Now()}
	l.timer = time.AfterFunc(after, l.look)
	return l
}

func (l *logins) enter() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count++
	l.timer.Stop()
}

func (l *logins) leave() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.count--
	if l.count == 0 {
		l.idleSince = time.Now()
		l.timer.Reset(l.after)
	}
}

// look is called by the timer, which may have gone off in the very moment in which somebody came.
func (l *logins) look() {
	l.mu.Lock()
	idle := l.count == 0 && time.Since(l.idleSince) >= l.after
	l.mu.Unlock()
	if idle {
		l.abandoned()
	}
}
