import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;

/** Tomcat as Spring's SseEmitter uses it: an async response for each subscriber, written and flushed by the publisher. */
public final class Peer {
    private static final Set<AsyncContext> SUBSCRIBERS = ConcurrentHashMap.newKeySet();
    private static int count;

    public static void main(String[] arguments) throws Exception {
        Tomcat tomcat = new Tomcat();
        tomcat.setBaseDir(arguments[1]);
        Connector connector = new Connector("HTTP/1.1");
        connector.setPort(Integer.parseInt(arguments[0]));
        connector.setProperty("address", "127.0.0.1");
        connector.setProperty("maxConnections", "100000");
        connector.setProperty("acceptCount", "4096");
        connector.setProperty("maxKeepAliveRequests", "-1");
        connector.setProperty("keepAliveTimeout", "600000");
        connector.setProperty("maxThreads", "16");
        tomcat.setConnector(connector);
        Context context = tomcat.addContext("", new File(arguments[1]).getAbsolutePath());
        add(context, "/events", new Subscribe());
        add(context, "/publish", new Publish());
        add(context, "/plain", new Plain());
        tomcat.start();
        tomcat.getServer().await();
    }

    private static void add(Context context, String path, HttpServlet servlet) {
        Wrapper wrapper = Tomcat.addServlet(context, path, servlet);
        wrapper.setAsyncSupported(true);
        context.addServletMappingDecoded(path, path);
    }

    private static final class Subscribe extends HttpServlet {
        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("text/event-stream");
            response.flushBuffer();
            AsyncContext async = request.startAsync();
            async.setTimeout(0);
            SUBSCRIBERS.add(async);
        }
    }

    private static final class Publish extends HttpServlet {
        @Override
        protected void doPost(HttpServletRequest request, HttpServletResponse response) throws IOException {
            byte[] data = request.getInputStream().readAllBytes();
            synchronized (SUBSCRIBERS) {
                count++;
                String event = "id: 19a3f00d-" + count + "\ndata: " + new String(data, StandardCharsets.UTF_8) + "\n\n";
                byte[] octets = event.getBytes(StandardCharsets.UTF_8);
                for (AsyncContext async : SUBSCRIBERS) {
                    try {
                        OutputStream out = async.getResponse().getOutputStream();
                        out.write(octets);
                        out.flush();
                    } catch (IOException gone) {
                        SUBSCRIBERS.remove(async);
                        async.complete();
                    }
                }
            }
            response.setStatus(202);
            response.setContentLength(0);
        }
    }

    private static final class Plain extends HttpServlet {
        private static final byte[] BODY = "Hello, wire!\n".getBytes(StandardCharsets.US_ASCII);

        @Override
        protected void doGet(HttpServletRequest request, HttpServletResponse response) throws IOException {
            response.setContentType("text/plain");
            response.setContentLength(BODY.length);
            response.getOutputStream().write(BODY);
        }
    }
}
