import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Takes the signatures out of jars in place: {@code java Unsign.java FILE...}. Maven has checked what it
 * downloaded; the JVM would check every class again at every start (some hundred milliseconds for
 * BouncyCastle's), and keeps signed classes out of an AOT cache.
 */
final class Unsign {
  private Unsign() {}

  public static void main(String[] files) throws IOException {
    for (String file : files) {
      strip(Path.of(file));
    }
  }

  private static void strip(Path jar) throws IOException {
    Path fresh = jar.resolveSibling(jar.getFileName() + ".new");
    try (ZipFile in = new ZipFile(jar.toFile());
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(fresh))) {
      for (ZipEntry entry : in.stream().toList()) {
        if (!entry.getName().matches("META-INF/[^/]+\\.(SF|DSA|RSA|EC)")) {
          ZipEntry copy = new ZipEntry(entry.getName());
          copy.setTime(entry.getTime());
          out.putNextEntry(copy);
          try (InputStream bytes = in.getInputStream(entry)) {
            copy(entry.getName(), bytes, out);
          }
          out.closeEntry();
        }
      }
    }
    Files.move(fresh, jar, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** The manifest loses its digests of every entry, which are most of it. */
  private static void copy(String name, InputStream from, OutputStream to) throws IOException {
    if (name.equals(JarFile.MANIFEST_NAME)) {
      Manifest manifest = new Manifest(from);
      manifest.getEntries().clear();
      manifest.write(to);
    } else {
      from.transferTo(to);
    }
  }
}
