// What every sink may set, declared once.
#include "config/settings.hpp"

namespace oidor::config {
namespace {

Spec<SinkCommon> make_sink_common_spec() {
    Spec<SinkCommon> spec("sinks", "What every place that results are delivered to may set.");
    spec.field(&SinkCommon::kind, {.key = "kind",
                                   .text = "What it is; its kind has settings of its own.",
                                   .example = "files",
                                   .need = Need::Required,
                                   .format = Format::Name})
        .field(&SinkCommon::tables,
               {.key = "tables",
                .text = "Which of the three tables it gets. What is taken off the list is removed "
                        "there.",
                .example = "call_audits",
                .choices = {"call_recordings", "call_transcriptions", "call_audits"}})
        .field(&SinkCommon::mask_phones,
               {.key = "mask_phones",
                .text = "Phone numbers and the customer's key leave as their first three and last "
                        "two letters; false: whole.",
                .example = "false"})
        .field(&SinkCommon::batch_size,
               {.key = "batch_size",
                .text = "As soon as so many conversations wait, they are delivered, so many at a "
                        "time.",
                .min = "1",
                .max = "1000"})
        .field(&SinkCommon::batch_age,
               {.key = "batch_age",
                .text = "As soon as one waits for so long, what waits is delivered.",
                .min = "0s",
                .max = "1d"});
    return spec;
}

}  // namespace

const Spec<SinkCommon>& sink_common_spec() {
    static const auto spec = make_sink_common_spec();
    return spec;
}

}  // namespace oidor::config
