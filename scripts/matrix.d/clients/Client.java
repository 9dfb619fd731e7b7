// Java's HttpClient: the body as an InputStream. Source that is run as it stands: java Client.java URL

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;

class Client {
    public static void main(String[] arguments) throws InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(arguments[0])).build();
        try (var body = HttpClient.newHttpClient().send(request, BodyHandlers.ofInputStream()).body()) {
            byte[] piece = new byte[1024];
            for (int count; (count = body.read(piece)) >= 0; System.out.flush()) {
                System.out.write(piece, 0, count);
            }
        } catch (IOException error) {
            System.err.println(error.getClass().getSimpleName() + ": " + error.getMessage());
            System.exit(1);
        }
        System.exit(0);
    }
}
