package demo;

import java.io.IOException;
import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** What the article's program never reaches: each way in which an emitter ends, and the data that 4.3 loses. */
@RestController
@RequestMapping(value = "/lab", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
public class LabController {

    /** What a stream does with its emitter. */
    private interface Work {
        void with(SseEmitter emitter) throws IOException, InterruptedException;
    }

    @GetMapping("/complete")
    public SseEmitter complete() {
        return start(new SseEmitter(), emitter -> {
            emitter.send(SseEmitter.event().data("one"));
            emitter.complete();
        });
    }

    @GetMapping("/error")
    public SseEmitter error() {
        return start(new SseEmitter(), emitter -> {
            emitter.send(SseEmitter.event().data("one"));
            emitter.completeWithError(new IllegalStateException("the work has failed"));
        });
    }

    /** Its time is up while it is still sending. */
    @GetMapping("/timeout")
    public SseEmitter timeout() {
        return start(new SseEmitter(350L), emitter -> emitter.send(SseEmitter.event().data("one")));
    }

    /** The same with the time that an emitter has when none is given: Tomcat's 30 s. */
    @GetMapping("/default")
    public SseEmitter defaultTimeout() {
        return start(new SseEmitter(), emitter -> emitter.send(SseEmitter.event().data("one")));
    }

    /** A comment alone, data with a line end in it, data that begins with a space, and an event with every field. */
    @GetMapping("/data")
    public SseEmitter data() {
        return start(new SseEmitter(), emitter -> {
            emitter.send(SseEmitter.event().comment("ping"));
            emitter.send(SseEmitter.event().data("line 1\nline 2"));
            emitter.send(SseEmitter.event().data(" indented"));
            emitter.send(SseEmitter.event().id("3").reconnectTime(5000).comment("ping").data("all fields"));
            emitter.complete();
        });
    }

    private static SseEmitter start(SseEmitter emitter, Work work) {
        Thread thread = new Thread(() -> {
            try {
                work.with(emitter);
            } catch (IOException | InterruptedException error) {
                emitter.completeWithError(error);
            }
        }, "lab");
        thread.setDaemon(true);
        thread.start();
        return emitter;
    }
}
