package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const (
	// bindPatience is for an address that the container's network does not have yet.
	bindPatience = 10 * time.Second
	bindPause    = 200 * time.Millisecond
	// acceptPause lets descriptors become free when there are none.
	acceptPause = 50 * time.Millisecond
)

// lines are the connections of the agent, from their first byte.
type lines struct {
	listener net.Listener

	mu     sync.Mutex
	open   map[net.Conn]struct{}
	closed bool
}

// listen takes all addresses when it is given none.
func listen(address string, port uint16) (*lines, error) {
	if address != "" {
		if _, err := netip.ParseAddr(address); err != nil {
			return nil, fmt.Errorf("%s: %w", listenVariable, err)
		}
	}
	where := net.JoinHostPort(address, strconv.Itoa(int(port)))
	deadline := time.Now().Add(bindPatience)
	for {
		listener, err := net.Listen("tcp", where)
		if err == nil {
			return &lines{listener: listener, open: map[net.Conn]struct{}{}}, nil
		}
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, fmt.Errorf("port %d is taken by another program of this container group; set another one in ports", port)
		}
		if !errors.Is(err, syscall.EADDRNOTAVAIL) || time.Now().After(deadline) {
			return nil, err
		}
		time.Sleep(bindPause)
	}
}

func (l *lines) address() string { return l.listener.Addr().String() }

// accept hands over each connection, and returns when all are closed for good.
func (l *lines) accept(greet func(net.Conn)) {
	for {
		line, err := l.listener.Accept()
		switch {
		case err == nil:
			if l.add(line) {
				go func() {
					greet(line)
					l.remove(line)
				}()
			}
		case errors.Is(err, net.ErrClosed):
			return
		default:
			time.Sleep(acceptPause)
		}
	}
}

// close hangs up on everybody.
func (l *lines) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.closed = true
	_ = l.listener.Close()
	for line := range l.open {
		_ = line.Close()
	}
}

func (l *lines) add(line net.Conn) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		_ = line.Close()
		return false
	}
	l.open[line] = struct{}{}
	return true
}

func (l *lines) remove(line net.Conn) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.open, line)
}
