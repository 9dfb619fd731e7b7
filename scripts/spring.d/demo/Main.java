package demo;

import java.io.File;
import java.nio.file.Files;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.apache.catalina.Context;
import org.apache.catalina.Wrapper;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.springframework.web.context.support.AnnotationConfigWebApplicationContext;
import org.springframework.web.servlet.DispatcherServlet;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter;
import org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerMapping;

/**
 * Tomcat with one servlet: what Spring Boot does at its start, written out.
 *
 * <p>Nothing about the connection is configured, so each field that Tomcat adds to a response and each timeout is
 * Tomcat's own default.
 */
public final class Main {

    public static void main(String[] arguments) throws Exception {
        Logger.getLogger("org.apache").setLevel(Level.WARNING);
        Logger.getLogger("org.springframework").setLevel(Level.WARNING);
        Tomcat tomcat = new Tomcat();
        File base = Files.createTempDirectory("spring").toFile();
        base.deleteOnExit();
        tomcat.setBaseDir(base.getPath());
        Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
        connector.setProperty("address", "127.0.0.1");
        connector.setPort(Integer.parseInt(arguments[0]));
        tomcat.setConnector(connector);

        Context context = tomcat.addContext("", base.getPath());
        Wrapper servlet = Tomcat.addServlet(context, "dispatcher", new DispatcherServlet(spring()));
        servlet.setAsyncSupported(true);
        servlet.setLoadOnStartup(1);
        context.addServletMappingDecoded("/", "dispatcher");

        tomcat.start();
        System.out.println("spring: listening on http://127.0.0.1:" + connector.getLocalPort() + "/");
        tomcat.getServer().await();
    }

    // Each bean by name, and no @EnableWebMvc: Debian's Spring can neither scan the classes of every Java nor write
    // subclasses of its configuration, and both are needed for nothing here.
    private static AnnotationConfigWebApplicationContext spring() {
        AnnotationConfigWebApplicationContext spring = new AnnotationConfigWebApplicationContext();
        spring.register(RequestMappingHandlerMapping.class, RequestMappingHandlerAdapter.class);
        spring.register(SseController.class, SseService.class, LabController.class);
        return spring;
    }
}
