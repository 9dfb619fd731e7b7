package demo;

import org.springframework.http.MediaType;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.servlet.mvc.method.annotation.SseEmitter;

/** The address of the article. It says the media type; everything else in the head is Tomcat's. */
@RestController
@RequestMapping("/api/sse")
public class SseController {

    private final SseService service;

    public SseController(SseService service) {
        this.service = service;
    }

    @GetMapping(value = "/events", produces = MediaType.TEXT_EVENT_STREAM_VALUE)
    public SseEmitter events() {
        return service.hundredEvents();
    }
}
