package main

import (
	"sync"
	"time"
)

// crowd knows how many are there, and when all have gone.
type crowd struct {
	mu    sync.Mutex
	count int
	empty chan struct{}
}

func (c *crowd) enter() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
}

func (c *crowd) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count--
	if c.count == 0 && c.empty != nil {
		close(c.empty)
		c.empty = nil
	}
}

// waitUntilEmpty returns when nobody is there, at the latest after so long.
func (c *crowd) waitUntilEmpty(patience time.Duration) {
	c.mu.Lock()
	if c.count == 0 {
		c.mu.Unlock()
		return
	}
	if c.empty == nil {
		c.empty = make(chan struct{})
	}
	empty := c.empty
	c.mu.Unlock()
	select {
	case <-empty:
	case <-time.After(patience):
	}
}
