package main

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestTheLastOneEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c crowd
		for i := range 3 {
			c.enter()
			time.AfterFunc(time.Duration(i+1)*time.Second, c.leave)
		}
		before := time.Now()
		c.waitUntilEmpty(time.Hour)
		if waited := time.Since(before); waited != 3*time.Second {
			t.Errorf("waited %v", waited)
		}
		c.waitUntilEmpty(time.Hour)
		if waited := time.Since(before); waited != 3*time.Second {
			t.Errorf("waited for nobody: %v", waited)
		}
	})
}

func TestThePatienceEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var c crowd
		c.enter()
		before := time.Now()
		c.waitUntilEmpty(farewell)
		if waited := time.Since(before); waited != farewell {
			t.Errorf("waited %v", waited)
		}
	})
}
