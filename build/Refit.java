import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.ConstantPoolSharingOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * Makes jars fit for an AOT cache, in place: {@code java Refit.java FILE...}.
 *
 * <p>Signatures go: Maven has checked what it downloaded; the JVM would check every class again at every start (some
 * hundred milliseconds for BouncyCastle's), and keeps signed classes out of a cache.
 *
 * <p>Classes of Java 5 (picocli's) get the stack maps that Java 6 brought: without them the JVM infers types at every
 * start, which takes as long, and keeps those classes out of a cache too.
 *
 * <p>Native libraries are unpacked into the folder "native" beside the jars: Netty would inflate them into a temporary
 * file at every start.
 */
final class Refit {
  private static final String SIGNATURE = "META-INF/[^/]+\\.(SF|DSA|RSA|EC)";
  private static final String NATIVE = "META-INF/native/[^/]+\\.so";

  private static final ClassTransform RENEW =
      (builder, element) -> {
        if (element instanceof ClassFileVersion) {
          builder.withVersion(ClassFile.JAVA_8_VERSION, 0);
        } else {
          builder.with(element);
        }
      };

  private final Path jar;
  private final ClassFile renewal;

  private Refit(Path jar, ClassFile renewal) {
    this.jar = jar;
    this.renewal = renewal;
  }

  public static void main(String[] files) throws IOException {
    for (String file : files) {
      Path jar = Path.of(file);
      try (URLClassLoader classes = new URLClassLoader(new URL[] {jar.toUri().toURL()})) {
        ClassHierarchyResolver types = ClassHierarchyResolver.ofResourceParsing(classes);
        new Refit(
                jar,
                ClassFile.of(
                    StackMapsOption.GENERATE_STACK_MAPS,
                    // Code that may keep its pool is copied as it is.
                    ConstantPoolSharingOption.NEW_POOL,
                    ClassHierarchyResolverOption.of(types)))
            .run();
      }
    }
  }

  private void run() throws IOException {
    Path fresh = jar.resolveSibling(jar.getFileName() + ".new");
    boolean changed = false;
    try (ZipFile in = new ZipFile(jar.toFile());
        ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(fresh))) {
      for (ZipEntry entry : in.stream().toList()) {
        if (entry.getName().matches(SIGNATURE)) {
          changed = true;
          continue;
        }
        ZipEntry copy = new ZipEntry(entry.getName());
        copy.setTime(entry.getTime());
        out.putNextEntry(copy);
        try (InputStream bytes = in.getInputStream(entry)) {
          changed |= copy(entry.getName(), bytes, out);
        }
        out.closeEntry();
        if (entry.getName().matches(NATIVE)) {
          unpack(in, entry);
        }
      }
    }
    if (changed) {
      Files.move(fresh, jar, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } else {
      Files.delete(fresh);
    }
  }

  private void unpack(ZipFile in, ZipEntry library) throws IOException {
    Path folder = Files.createDirectories(jar.resolveSibling("native"));
    try (InputStream bytes = in.getInputStream(library)) {
      Files.copy(
          bytes,
          folder.resolve(Path.of(library.getName()).getFileName()),
          StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Returns whether it is another class than it was; the manifest loses digests, which are most of a signed jar's. */
  private boolean copy(String name, InputStream from, ZipOutputStream to) throws IOException {
    if (name.equals(JarFile.MANIFEST_NAME)) {
      Manifest manifest = new Manifest(from);
      manifest.getEntries().clear();
      manifest.write(to);
      return false;
    }
    byte[] content = from.readAllBytes();
    boolean old = name.endsWith(".class") && version(content) < ClassFile.JAVA_6_VERSION;
    to.write(old ? renewal.transformClass(renewal.parse(content), RENEW) : content);
    return old;
  }

  /** The major version (JVMS §4.1). */
  private static int version(byte[] classFile) {
    return (classFile[6] & 0xff) << 8 | classFile[7] & 0xff;
  }
}
