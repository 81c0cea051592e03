package dev.weft.controlplane;

import dev.weft.identity.CertificateAuthority;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ScheduledExecutorService;
import java.util.function.Consumer;

/**
 * What a control plane keeps outside of its memory: in folders ({@link FolderHome}) or in an API
 * server ({@link ClusterHome}). Everything here is asked once, at the start, on the starting
 * thread; every exception ends the start and says what to do.
 */
interface Home {

  /** The certificate authority; a new one where there is none. */
  CertificateAuthority authority(CertificateAuthority.Settings settings) throws IOException;

  /** How nodes show who they are. */
  NodeTokens tokens() throws IOException;

  /** Where identity numbers are kept. */
  IdentityNumbers.Store numbers();

  /** Addresses that Gateways were given in an earlier life, by "namespace/name". */
  Map<String, String> gatewayAddresses() throws IOException;

  /**
   * Where statuses go.
   *
   * @param thread computes them; one thread
   */
  StatusSink statuses(ScheduledExecutorService thread) throws IOException;

  /**
   * Where generated objects go.
   *
   * @param thread writes them; one thread
   */
  GeneratedSink generated(ScheduledExecutorService thread);

  /**
   * How long statuses of an earlier control plane stand at a start while nodes come back: what it
   * called programmed is not called anything else meanwhile.
   */
  Duration settling();

  /** Where objects come from. */
  Source source(Consumer<View> consumer) throws IOException;
}
