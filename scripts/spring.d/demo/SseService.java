package demo;

import java.io.IOException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.commons.logging.Log;
import org.apache.commons.logging.LogFactory;
import org.springframework.stereotype.Service;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The stream of the article: 100 events, one each 100 ms, then complete(). No event has an id. */
@Service
public class SseService {

    private static final Log log = LogFactory.getLog(SseService.class);

    // A thread for each stream, which sleeps nearly all of its time. Daemons, so that Ctrl-C waits for none.
    private final ExecutorService executor = Executors.newCachedThreadPool(work -> {
        Thread thread = new Thread(work, "stream");
        thread.setDaemon(true);
        return thread;
    });

    public SseEmitter hundredEvents() {
        // Without an argument it would be Tomcat's 30 s for the whole response (LabController, /lab/default).
        SseEmitter emitter = new SseEmitter(Long.MAX_VALUE);
        emitter.onCompletion(() -> log.info("completed"));
        emitter.onTimeout(() -> log.warn("timed out"));
        executor.execute(() -> stream(emitter));
        return emitter;
    }

    private void stream(SseEmitter emitter) {
        try {
            for (int number = 1; number <= 100; number++) {
                emitter.send(SseEmitter.event().name("message").data("event" + number));
                Thread.sleep(100);
            }
            emitter.complete();
        } catch (IOException error) {
            log.error("the client has left: " + error.getMessage());
            emitter.completeWithError(error);
        } catch (InterruptedException error) {
            Thread.currentThread().interrupt();
            emitter.completeWithError(error);
        }
    }
}
