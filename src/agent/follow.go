package main

import (
	"fmt"
	"os"
	"time"
)

const (
	// gatherTime is how long dense output is gathered, sendChunk the amount that goes at once.
	gatherTime = 10 * time.Millisecond
	sendChunk  = 128 << 10
)

// follow sends a run's log from an offset as it grows, and its end. It returns when the client has taken it, or has gone.
func follow(run *scriptRun, attached bool, offset int64, a *answer) error {
	size, _, _ := run.state()
	if offset > size {
		return refuse("bad-offset", "the log has %d bytes, not %d", size, offset)
	}
	log, err := run.openLog()
	if err != nil {
		return err
	}
	defer log.Close()
	if err := a.event(startedEvent{"started", attached, size}); err != nil {
		return nil
	}
	end, err := sendLog(run, log, offset, a)
	if err != nil {
		return err
	}
	if end != nil {
		size, _, _ := run.state()
		a.end(end, size)
		<-a.gone
	}
	return nil
}

// sendLog returns nil when the client has gone.
func sendLog(run *scriptRun, log *os.File, offset int64, a *answer) (*outcome, error) {
	buffer := make([]byte, sendChunk)
	lastSent := time.Time{}
	for {
		size, end, changed := run.state()
		available := size - offset
		if available == 0 && end != nil {
			return end, end.failure
		}
		if available == 0 {
			select {
			case <-changed:
			case <-a.gone:
				return nil, nil
			}
			continue
		}
		if wait := gatherTime - time.Since(lastSent); wait > 0 && available < sendChunk && end == nil {
			select {
			case <-time.After(wait):
			case <-run.over:
			case <-a.gone:
				return nil, nil
			}
			size, _, _ = run.state()
		}
		count, err := log.ReadAt(buffer[:min(sendChunk, size-offset)], offset)
		if count == 0 {
			return nil, fmt.Errorf("the log cannot be read at byte %d of %d: %w", offset, size, err)
		}
		lastSent = time.Now()
		offset += int64(count)
		// At the follower's own pace: nothing is gathered for it in memory, and nobody else waits.
		if _, err := a.channel.Write(buffer[:count]); err != nil {
			return nil, nil
		}
	}
}
