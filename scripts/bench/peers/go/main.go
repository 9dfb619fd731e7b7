// Go's net/http as people write it: a channel for each subscriber, a goroutine that writes and flushes.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"sync"
)

type hub struct {
	sync.Mutex
	subscribers map[chan []byte]bool
	count       int
}

func (hub *hub) publish(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	hub.Lock()
	hub.count++
	event := []byte(fmt.Sprintf("id: 19a3f00d-%d\ndata: %s\n\n", hub.count, body))
	for subscriber := range hub.subscribers {
		subscriber <- event
	}
	hub.Unlock()
	response.WriteHeader(http.StatusAccepted)
}

func (hub *hub) subscribe(response http.ResponseWriter, request *http.Request) {
	events := make(chan []byte, 16)
	hub.Lock()
	hub.subscribers[events] = true
	hub.Unlock()
	defer func() {
		go func() {
			for range events {
			}
		}()
		hub.Lock()
		delete(hub.subscribers, events)
		hub.Unlock()
		close(events)
	}()
	response.Header().Set("Content-Type", "text/event-stream")
	response.WriteHeader(http.StatusOK)
	flusher := response.(http.Flusher)
	flusher.Flush()
	for {
		select {
		case event := <-events:
			response.Write(event)
			// What has come meanwhile leaves with it.
			for more := true; more; {
				select {
				case event = <-events:
					response.Write(event)
				default:
					more = false
				}
			}
			flusher.Flush()
		case <-request.Context().Done():
			return
		}
	}
}

func main() {
	hub := &hub{subscribers: map[chan []byte]bool{}}
	http.HandleFunc("/publish", hub.publish)
	http.HandleFunc("/events", hub.subscribe)
	http.HandleFunc("/plain", func(response http.ResponseWriter, request *http.Request) {
		io.WriteString(response, "Hello, wire!\n")
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
