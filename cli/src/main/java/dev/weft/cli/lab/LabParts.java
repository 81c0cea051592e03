package dev.weft.cli.lab;

import dev.weft.flows.receiver.OtlpReceiver;
import java.util.List;

/** What a running lab is made of. */
record LabParts(
    LabPaths paths,
    List<LabNode> nodes,
    Ip ip,
    Programs programs,
    MeshProcesses mesh,
    OtlpReceiver telemetry,
    TraceServer traces,
    LabLoop loop,
    FolderWatch watch) {}
